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

// marker is the file whose presence says that a folder built in place is whole.
const marker = ".complete"

// Once makes sure that dir exists, building it if needed: build fills a temporary folder beside
// dir, which is then renamed, so dir is either absent or whole. Processes that start together
// agree by a lock: one builds, the others wait and find it. Remains of killed builds are removed.
// What is going on is written to progress, one line each.
func Once(ctx context.Context, dir string, progress io.Writer, build func(tmp string) error) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	return locked(ctx, dir, progress, func() error {
		if _, err := os.Stat(dir); err == nil {
			return nil
		}
		stale, err := filepath.Glob(dir + ".tmp-*")
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		for _, old := range stale {
			if err := os.RemoveAll(old); err != nil {
				return writable(old, err)
			}
		}
		tmp, err := os.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+".tmp-")
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
		if err := os.Rename(tmp, dir); err != nil {
			return writable(dir, err)
		}
		return nil
	})
}

// OnceInPlace is [Once] for folders that cannot be renamed because their own path is written into
// their files (Python environments): build fills dir itself and a marker is written last. A folder
// without the marker counts as absent and is handed to build again, emptied.
func OnceInPlace(ctx context.Context, dir string, progress io.Writer, build func(dir string) error) error {
	if Complete(dir) {
		return nil
	}
	return locked(ctx, dir, progress, func() error {
		if Complete(dir) {
			return nil
		}
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
