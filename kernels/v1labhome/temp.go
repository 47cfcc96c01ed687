package v1labhome

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Purposes of temporary folders, part of their names.
const (
	ForSession = "run"    // one Jupyter process
	ForKernel  = "kernel" // one kernel in a Jupyter that is not ours
	ForProbe   = "probe"  // the doctor's trial of a kernel
	ForPip     = "pip"
	ForWarming = "warm"
	ForTools   = "tools" // patched sources
)

var purposes = []string{ForSession, ForKernel, ForProbe, ForPip, ForWarming, ForTools}

// lockName is the lock file in a temporary folder. It is locked while the folder is in use.
const lockName = ".lock"

// Temp is a temporary folder with a lock, which is released when the last process that has [Temp.Lock] open ends. Other processes can
// therefore tell that its owner was killed.
type Temp struct {
	Dir  string
	Lock *os.File // for a child that shares the folder
}

// NewTemp makes a temporary folder for one of the purposes above. Its path is short because the paths of sockets in it are limited to 108 bytes.
func NewTemp(purpose string) (*Temp, error) {
	dir, err := os.MkdirTemp("", "v1lab-"+purpose+"-")
	if err != nil {
		return nil, fmt.Errorf("temporary folder: %w; set TMPDIR to a folder that you can write", err)
	}
	// The lock file gets its name only once it is locked, so that nobody finds it unlocked.
	early := filepath.Join(dir, lockName+"-new")
	lock, err := os.OpenFile(early, os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		if err = unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB); err == nil {
			err = os.Rename(early, filepath.Join(dir, lockName))
		}
	}
	if err != nil {
		os.RemoveAll(dir) //nolint:errcheck // nothing in it
		return nil, fmt.Errorf("temporary folder %s: %w", dir, err)
	}
	return &Temp{Dir: dir, Lock: lock}, nil
}

// Remove deletes the folder.
func (t *Temp) Remove() {
	os.RemoveAll(t.Dir) //nolint:errcheck // what stays is found by Leftovers
	t.Lock.Close()      //nolint:errcheck // nothing was written
}

// InTemp reports whether this process's temporary files are already in a folder of [NewTemp].
func InTemp() bool {
	_, err := os.Stat(filepath.Join(os.TempDir(), lockName))
	return err == nil && ours(filepath.Base(os.TempDir()))
}

// OfKernel reports whether a folder is the temporary folder of a kernel or of a session with kernels.
func OfKernel(dir string) bool {
	for _, purpose := range []string{ForSession, ForKernel, ForProbe} {
		if strings.HasPrefix(filepath.Base(dir), "v1lab-"+purpose+"-") {
			return true
		}
	}
	return false
}

func ours(name string) bool {
	rest, ok := strings.CutPrefix(name, "v1lab-")
	purpose, _, found := strings.Cut(rest, "-")
	return ok && found && slices.Contains(purposes, purpose)
}

// Leftovers returns what killed processes of this user left behind: folders of [NewTemp] in the temporary folder, and unfinished folders and
// files in the private one. It does not include what a living process holds.
func Leftovers() ([]string, error) {
	all, err := leftovers()
	return slices.DeleteFunc(all, endedCleanly), err
}

// RemoveLeftovers deletes what [Leftovers] returns, and the empty folders of kernels that have ended, and returns the former.
func RemoveLeftovers() (removed []string, err error) {
	all, err := leftovers()
	for _, path := range all {
		quiet := endedCleanly(path)
		if rmErr := os.RemoveAll(path); rmErr != nil {
			err = errors.Join(err, rmErr)
		} else if !quiet {
			removed = append(removed, path)
		}
	}
	return removed, err
}

// endedCleanly reports whether a kernel ended properly and left an empty folder, which nobody removes once gonb has ended.
func endedCleanly(dir string) bool {
	if !strings.HasPrefix(filepath.Base(dir), "v1lab-"+ForKernel+"-") {
		return false
	}
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) == 1
}

func leftovers() ([]string, error) {
	entries, err := os.ReadDir(os.TempDir())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("temporary folder: %w", err)
	}
	var found []string
	for _, e := range entries {
		path := filepath.Join(os.TempDir(), e.Name())
		if e.IsDir() && ours(e.Name()) && ownedByUser(path) && unlocked(filepath.Join(path, lockName)) {
			found = append(found, path)
		}
	}
	base, err := Dir()
	if err != nil {
		return found, nil // no private folder, so nothing in it
	}
	for _, pattern := range []string{"*" + tmpMark + "*", "*/*" + tmpMark + "*", "bin/" + BinaryTemp + "*"} {
		half, err := Glob(base, pattern)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", base, err)
		}
		for _, path := range half {
			lock := path // files are locked themselves
			if i := strings.LastIndex(path, tmpMark); i >= 0 {
				lock = path[:i] + lockMark
			}
			if ownedByUser(path) && unlocked(lock) && (lock != path || oldEnough(path)) {
				found = append(found, path)
			}
		}
	}
	return found, nil
}

// BinaryTemp begins the names of files in bin that are locked while they are being written.
const BinaryTemp = ".v1lab-"

// oldEnough reports whether a file is older than the time between its creation and its locking.
func oldEnough(path string) bool {
	info, err := os.Lstat(path)
	return err == nil && time.Since(info.ModTime()) > time.Minute
}

// ownedByUser reports whether this user owns a file.
func ownedByUser(path string) bool {
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	owner, known := ownerOf(info)
	return known && owner == os.Geteuid()
}

// unlocked reports whether a lock file exists and nobody holds it.
func unlocked(path string) bool {
	lock, err := os.Open(path)
	if err != nil {
		return false // being created, or not ours
	}
	defer lock.Close() //nolint:errcheck // read only
	return unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB) == nil
}
