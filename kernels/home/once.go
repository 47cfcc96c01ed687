package home

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

const (
	marker  = ".complete" // the file whose presence says that a folder built in place is whole
	tmpMark = ".tmp-"     // in the names of folders that are being built
)

// Check says what a finished folder lacks since, nil if nothing. A nil Check finds nothing wrong.
type Check func(dir string) error

func (c Check) of(dir string) error {
	if c == nil {
		return nil
	}
	return c(dir)
}

// Once makes sure that dir exists and passes check, building it if needed: build fills a temporary folder beside
// dir, which is then renamed, so dir is either absent or whole. Processes that start together
// agree by a lock: one builds, the others wait and find it. Remains of killed builds are removed.
// What is going on is written to progress, one line each.
func Once(ctx context.Context, dir string, check Check, progress io.Writer, build func(tmp string) error) error {
	there := func(dir string) bool { _, err := os.Stat(dir); return err == nil }
	return once(ctx, dir, there, check, progress, func() error {
		stale, err := filepath.Glob(dir + tmpMark + "*")
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		for _, old := range stale {
			if err := os.RemoveAll(old); err != nil {
				return writable(old, err)
			}
		}
		tmp, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+tmpMark)
		if err != nil {
			return writable(filepath.Dir(dir), err)
		}
		defer os.RemoveAll(tmp) //nolint:errcheck // gone already after the rename
		if err := build(tmp); err != nil {
			return err
		}
		if err := os.Chmod(tmp, 0o755); err != nil {
			return writable(tmp, err)
		}
		if there(dir) { // it is damaged: whoever uses it keeps the files that are open
			old := dir + tmpMark + "old"
			if err := os.Rename(dir, old); err != nil {
				return writable(dir, err)
			}
			defer os.RemoveAll(old) //nolint:errcheck // found by the next build
		}
		if err := os.Rename(tmp, dir); err != nil {
			return writable(dir, err)
		}
		return nil
	})
}

// OnceInPlace is [Once] for folders that cannot be renamed because their own path is written into
// their files (Python environments): build fills dir itself and a marker is written last. A folder
// without the marker counts as absent and is handed to build again, emptied.
func OnceInPlace(ctx context.Context, dir string, check Check, progress io.Writer, build func(dir string) error) error {
	return once(ctx, dir, Complete, check, progress, func() error {
		if err := os.RemoveAll(dir); err != nil {
			return writable(dir, err)
		}
		if err := build(dir); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, marker), nil, 0o644); err != nil {
			return writable(dir, err)
		}
		return nil
	})
}

// Complete reports whether [OnceInPlace] finished dir.
func Complete(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, marker))
	return err == nil
}

// once looks whether dir is there and sound, and if not, looks again holding the lock and builds.
func once(ctx context.Context, dir string, there func(string) bool, check Check, progress io.Writer, build func() error) error {
	if there(dir) && check.of(dir) == nil {
		return nil
	}
	return locked(ctx, dir, progress, func() error {
		if there(dir) {
			err := check.of(dir)
			if err == nil {
				return nil
			}
			fmt.Fprintf(progress, "%s is damaged (%v): making it anew\n", dir, err) //nolint:errcheck // progress only
		}
		return build()
	})
}

// locked runs f while holding dir's lock file.
func locked(ctx context.Context, dir string, progress io.Writer, f func() error) error {
	if err := MkdirAll(filepath.Dir(dir)); err != nil {
		return err
	}
	lock := flock.New(dir + ".lock")
	ok, err := lock.TryLock()
	if err == nil && !ok {
		fmt.Fprintf(progress, "waiting for another process that is preparing %s\n", dir) //nolint:errcheck // progress only
		_, err = lock.TryLockContext(ctx, 200*time.Millisecond)
	}
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("preparing %s: %w", dir, ctx.Err())
	case errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrNotExist):
		return writable(dir+".lock", err)
	case err != nil:
		return fmt.Errorf("lock %s.lock: %w; if the file system has no locks, set %s to a local folder", dir, err, Env)
	}
	defer lock.Unlock() //nolint:errcheck // released with the process at the latest
	return f()
}
