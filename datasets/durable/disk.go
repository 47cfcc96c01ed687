package durable

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync/atomic"
	"syscall"
)

// Disk is what writing needs of a file system. Reading needs none: files are read as usual.
type Disk interface {
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)
	Mkdir(name string, perm fs.FileMode) error
	Rename(from, to string) error
	Remove(name string) error
	RemoveAll(name string) error
	SyncDir(name string) error  // makes creations, renames and removals in a folder permanent
	SyncTree(name string) error // makes everything below a folder permanent
}

// File is an open file of a Disk.
type File interface {
	io.Writer
	Name() string
	Chmod(perm fs.FileMode) error
	Sync() error // makes what was written permanent
	Close() error
}

var current atomic.Pointer[Disk]

// Use puts another disk in the place of the machine's, for tests, until restore is called. It affects the whole process.
func Use(d Disk) (restore func()) {
	before := current.Swap(&d)
	return func() { current.Store(before) }
}

func disk() Disk {
	if d := current.Load(); d != nil {
		return *d
	}
	return OS{}
}

// OS is the Disk of the machine.
type OS struct{}

// OpenFile is os.OpenFile.
func (OS) OpenFile(name string, flag int, perm fs.FileMode) (File, error) {
	f, err := os.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Mkdir is os.Mkdir.
func (OS) Mkdir(name string, perm fs.FileMode) error { return os.Mkdir(name, perm) }

// Rename is os.Rename.
func (OS) Rename(from, to string) error { return os.Rename(from, to) }

// Remove is os.Remove.
func (OS) Remove(name string) error { return os.Remove(name) }

// RemoveAll is os.RemoveAll.
func (OS) RemoveAll(name string) error { return os.RemoveAll(name) }

// SyncDir syncs a folder. It is no error if the file system cannot, or the user may write to the folder but not read it.
func (OS) SyncDir(name string) error {
	dir, err := os.Open(name)
	if errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	err = dir.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, dir.Close())
}
