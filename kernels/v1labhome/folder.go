package v1labhome

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
	"v1lab/datasets/durable"

	"golang.org/x/sys/unix"
)

const (
	marker  = ".complete" // the file whose presence says that a folder built in place is whole
	tmpMark = ".tmp-"     // part of the names of folders that are being built

	lockMark = ".lock" // suffix of the lock file of a folder that is being prepared
)

// Check returns what a finished folder lacks, nil if nothing. A nil Check finds nothing wrong.
type Check func(dir string) error

func (c Check) of(dir string) error {
	if c == nil {
		return nil
	}
	return c(dir)
}

// EnsureFolder makes sure that dir exists and passes check, and builds it if needed: build fills a temporary folder next to
// dir, which is then renamed, so dir is either absent or complete. If processes start together,
// a lock lets one build while the others wait. Remains of killed builds are removed.
// Progress is written one line at a time.
func EnsureFolder(ctx context.Context, dir string, check Check, progress io.Writer, build func(tmp string) error) error {
	there := func(dir string) bool { _, err := os.Stat(dir); return err == nil }
	return ensure(ctx, dir, there, check, progress, func() error {
		stale, err := Glob(filepath.Dir(dir), filepath.Base(dir)+tmpMark+"*")
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		for _, old := range stale {
			if err := durable.RemoveAll(old); err != nil {
				return writable(old, err)
			}
		}
		tmp, err := durable.MkdirTemp(filepath.Dir(dir), filepath.Base(dir)+tmpMark, 0o700)
		if err != nil {
			return writable(filepath.Dir(dir), err)
		}
		defer durable.RemoveAll(tmp) //nolint:errcheck // gone already after the rename
		if err := build(tmp); err != nil {
			return err
		}
		if err := os.Chmod(tmp, 0o755); err != nil {
			return writable(tmp, err)
		}
		if err := reserve(tmp); err != nil {
			return err
		}
		if err := durable.SyncTree(tmp); err != nil {
			return writable(tmp, err)
		}
		if there(dir) { // it is damaged; processes that use it keep their open files
			old := dir + tmpMark + "old"
			if err := durable.Rename(dir, old); err != nil {
				return writable(dir, err)
			}
			defer durable.RemoveAll(old) //nolint:errcheck // the next build removes it
		}
		if err := durable.Rename(tmp, dir); err != nil {
			return writable(dir, err)
		}
		return nil
	})
}

// EnsureFolderInPlace is [EnsureFolder] for folders that cannot be renamed because their files contain their own path
// (Python environments): build fills dir itself, and a marker is written last. A folder
// without the marker counts as absent: it is emptied and built again. A folder whose build failed is removed.
func EnsureFolderInPlace(ctx context.Context, dir string, check Check, progress io.Writer, build func(dir string) error) error {
	return ensure(ctx, dir, Complete, check, progress, func() (err error) {
		if err := durable.RemoveAll(dir); err != nil {
			return writable(dir, err)
		}
		defer func() {
			if err != nil {
				durable.RemoveAll(dir) //nolint:errcheck // the next build removes it
			}
		}()
		if err := build(dir); err != nil {
			return err
		}
		if err := reserve(dir); err != nil {
			return err
		}
		if err := durable.SyncTree(dir); err != nil {
			return writable(dir, err)
		}
		if err := durable.WriteFile(filepath.Join(dir, marker), nil, 0o644); err != nil {
			return writable(dir, err)
		}
		return nil
	})
}

// Complete reports whether [EnsureFolderInPlace] finished dir.
func Complete(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, marker))
	return err == nil
}

// ensure checks whether dir exists and is intact; if not, it takes the lock, checks again, and builds.
func ensure(ctx context.Context, dir string, there func(string) bool, check Check, progress io.Writer, build func() error) error {
	if there(dir) && check.of(dir) == nil {
		return nil
	}
	return locked(ctx, dir, progress, func() error {
		if there(dir) {
			err := check.of(dir)
			if err == nil {
				return nil
			}
			fmt.Fprintf(progress, "%s is damaged (%v): making it again\n", dir, err) //nolint:errcheck // progress only
		}
		err := build()
		if err != nil && strings.Contains(err.Error(), syscall.ENOSPC.Error()) {
			err = fmt.Errorf("%s: %w", dir, err)
		}
		return err
	})
}

// locked runs f while it holds dir's lock file.
func locked(ctx context.Context, dir string, progress io.Writer, f func() error) error {
	if err := MkdirAll(filepath.Dir(dir)); err != nil {
		return err
	}
	lock, err := os.OpenFile(dir+lockMark, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return writable(dir+lockMark, err)
	}
	defer lock.Close() //nolint:errcheck // nothing was written
	for first := true; ; first = false {
		err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return fmt.Errorf("lock %s: %w; if the file system has no locks, set %s to a local folder", lock.Name(), err, Env)
		}
		if first {
			fmt.Fprintf(progress, "waiting for another process that is preparing %s\n", dir) //nolint:errcheck // progress only
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("preparing %s: %w", dir, ctx.Err())
		case <-time.After(retryInterval):
		}
	}
	defer hold(lock)()
	return f()
}

// retryInterval is the interval at which a waiting process retries the lock.
const retryInterval = 200 * time.Millisecond

// held lists the locks that this process holds.
var held struct {
	sync.Mutex
	locks []*os.File
}

// hold registers a lock. release gives it up, also for children that inherited it.
func hold(lock *os.File) (release func()) {
	held.Lock()
	defer held.Unlock()
	held.locks = append(held.locks, lock)
	return func() {
		held.Lock()
		defer held.Unlock()
		held.locks = slices.DeleteFunc(held.locks, func(l *os.File) bool { return l == lock })
		_ = unix.Flock(int(lock.Fd()), unix.LOCK_UN) //nolint:errcheck // released with the process at the latest
	}
}

// HeldLocks returns the locks of the folders that this process is preparing, for a child that fills one. Passed on by exec.Cmd's ExtraFiles, they
// keep other processes waiting until the child has ended, even if this process is killed. They are copies, closed when nobody refers to them.
func HeldLocks() []*os.File {
	held.Lock()
	defer held.Unlock()
	var copies []*os.File
	for _, lock := range held.locks {
		if fd, err := unix.FcntlInt(lock.Fd(), unix.F_DUPFD_CLOEXEC, 0); err == nil {
			copies = append(copies, os.NewFile(uintptr(fd), lock.Name()))
		}
	}
	return copies
}

// Preparing reports whether some process is preparing a folder.
func Preparing(dir string) bool {
	lock, err := os.Open(dir + lockMark)
	if err != nil {
		return false
	}
	defer lock.Close() //nolint:errcheck // read only
	return errors.Is(unix.Flock(int(lock.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}
