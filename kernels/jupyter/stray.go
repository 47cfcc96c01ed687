package jupyter

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// A session's temporary folder is named by this and holds a lock file for as long as it is in use.
const (
	runPrefix = "v1lab-run-"
	lockName  = ".lock"
)

// runFolder makes a session's temporary folder. Its path is short: sockets in it allow 108 bytes.
func runFolder() (string, io.Closer, error) {
	dir, err := os.MkdirTemp("", runPrefix)
	if err != nil {
		return "", nil, fmt.Errorf("temporary folder: %w; set TMPDIR to a folder that you can write", err)
	}
	lock := flock.New(filepath.Join(dir, lockName))
	if _, err := lock.TryLock(); err != nil {
		os.RemoveAll(dir) //nolint:errcheck // nothing in it
		return "", nil, fmt.Errorf("temporary folder: %w", err)
	}
	return dir, lock, nil
}

// Strays returns the temporary folders of sessions that were killed before they could remove them.
func Strays() ([]string, error) {
	dirs, err := filepath.Glob(filepath.Join(os.TempDir(), runPrefix+"*"))
	if err != nil {
		return nil, fmt.Errorf("temporary folder: %w", err)
	}
	var strays []string
	for _, dir := range dirs {
		path := filepath.Join(dir, lockName)
		if _, err := os.Stat(path); err != nil {
			continue // being made at this moment, or not ours
		}
		lock := flock.New(path)
		if free, err := lock.TryLock(); err == nil && free {
			strays = append(strays, dir)
		}
		lock.Close() //nolint:errcheck // read only
	}
	return strays, nil
}
