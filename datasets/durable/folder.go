package durable

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// MkdirAll makes a folder and those above it that are missing. A folder that is there is no error.
func MkdirAll(dir string, perm fs.FileMode) error {
	info, err := os.Stat(dir)
	if err == nil {
		if info.IsDir() {
			return nil
		}
		return &fs.PathError{Op: "mkdir", Path: dir, Err: syscall.ENOTDIR}
	}
	if above := filepath.Dir(filepath.Clean(dir)); above != dir {
		if err := MkdirAll(above, perm); err != nil {
			return err
		}
	}
	if err := disk().Mkdir(dir, perm); err != nil {
		if info, statErr := os.Stat(dir); statErr == nil && info.IsDir() {
			return nil // another process was faster
		}
		return of("mkdir", dir, err)
	}
	return of("mkdir", dir, disk().SyncDir(filepath.Dir(filepath.Clean(dir))))
}

// MkdirTemp makes a new folder in dir whose name begins with prefix.
func MkdirTemp(dir, prefix string, perm fs.FileMode) (string, error) {
	for {
		path := filepath.Join(dir, prefix+strconv.FormatUint(uint64(rand.Uint32()), 10))
		err := disk().Mkdir(path, perm)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		return path, of("mkdir", path, err)
	}
}

// Rename renames a file or a folder, and makes that permanent.
func Rename(from, to string) error {
	if err := disk().Rename(from, to); err != nil {
		return of("rename", to, err)
	}
	if filepath.Dir(from) != filepath.Dir(to) {
		if err := disk().SyncDir(filepath.Dir(from)); err != nil {
			return of("sync", to, err)
		}
	}
	return of("sync", to, disk().SyncDir(filepath.Dir(to)))
}

// Remove removes a file or an empty folder, and makes that permanent. One that is not there is no error.
func Remove(path string) error {
	err := disk().Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return of("remove", path, err)
	}
	return of("sync", path, disk().SyncDir(filepath.Dir(path)))
}

// SyncTree makes permanent what other programs, such as pip, wrote below a folder.
func SyncTree(dir string) error { return of("sync", dir, disk().SyncTree(dir)) }

// RemoveAll removes a folder with everything in it.
func RemoveAll(path string) error { return of("remove", path, disk().RemoveAll(path)) }
