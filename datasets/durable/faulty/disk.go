package faulty

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"v1lab/datasets/durable"
)

// Fault is what happens at an operation.
type Fault struct {
	Name    string
	Err     error // of the operation
	Lasting bool  // all operations after it fail too; with ENOSPC, removing still works
	Cut     bool  // nothing reaches the disk any more, and what was not synced is lost
}

// The faults that a sweep tries at every operation.
var (
	Full   = Fault{Name: "the disk is full", Err: syscall.ENOSPC, Lasting: true}
	Broken = Fault{Name: "one operation fails", Err: syscall.EIO}
	Cut    = Fault{Name: "power cut", Err: syscall.EIO, Lasting: true, Cut: true}
)

// Disk counts the operations below a folder and lets one fail.
type Disk struct {
	durable.OS
	root string

	mu      sync.Mutex
	count   int
	at      int
	fault   Fault
	what    string // the operation that failed first
	tree    *node  // of root
	pending []change
}

// New makes a disk for a folder. Its content counts as synced.
func New(root string) (*Disk, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	tree, err := snapshot(abs)
	return &Disk{root: abs, tree: tree}, err
}

// FailAt lets the n-th operation from now on fail, counted from 1. 0 means none.
func (d *Disk) FailAt(n int, f Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.count, d.at, d.fault, d.what = 0, n, f, ""
}

// Count returns the number of operations since FailAt.
func (d *Disk) Count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.count
}

// Failed says which operation failed first, "" if none has.
func (d *Disk) Failed() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.what
}

func (d *Disk) inside(name string) (string, bool) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", false
	}
	rel, err := filepath.Rel(d.root, abs)
	return rel, err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}

// step counts an operation and returns its fault. The lock is held.
func (d *Disk) step(op, name string) error {
	d.count++
	if d.at == 0 || d.count < d.at || d.count > d.at && !d.fault.Lasting {
		return nil
	}
	if d.fault.Err == syscall.ENOSPC && (op == "remove" || op == "sync folder") && d.count > d.at {
		return nil
	}
	if d.what == "" {
		d.what = fmt.Sprintf("%s %s", op, name)
	}
	return &fs.PathError{Op: op, Path: name, Err: d.fault.Err}
}

// do runs an operation, if it has no fault, and then notes what it changed.
func (d *Disk) do(op, name string, run func() error, note func(rel string)) error {
	rel, ok := d.inside(name)
	if !ok {
		return run()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.step(op, name); err != nil {
		return err
	}
	if err := run(); err != nil {
		return err
	}
	note(rel)
	return nil
}

// OpenFile implements durable.Disk.
func (d *Disk) OpenFile(name string, flag int, perm fs.FileMode) (opened durable.File, err error) {
	_, missing := os.Lstat(name)
	err = d.do("open", name, func() (err error) {
		opened, err = d.OS.OpenFile(name, flag, perm)
		return err
	}, func(rel string) {
		n := &node{mode: perm}
		if missing == nil {
			n = d.find(rel)
		} else {
			d.put(rel, n)
		}
		if flag&os.O_TRUNC != 0 {
			n.synced = nil // may be lost at any time
		}
		opened = &file{File: opened, disk: d, node: n}
	})
	return opened, err
}

// Mkdir implements durable.Disk.
func (d *Disk) Mkdir(name string, perm fs.FileMode) error {
	return d.do("mkdir", name, func() error { return d.OS.Mkdir(name, perm) }, func(rel string) { d.put(rel, folder()) })
}

// Rename implements durable.Disk.
func (d *Disk) Rename(from, to string) error {
	return d.do("rename", to, func() error { return d.OS.Rename(from, to) }, func(rel string) {
		source, ok := d.inside(from)
		if !ok {
			panic("faulty: rename from outside the folder")
		}
		d.move(source, rel)
	})
}

// Remove implements durable.Disk.
func (d *Disk) Remove(name string) error {
	return d.do("remove", name, func() error { return d.OS.Remove(name) }, func(rel string) { d.put(rel, nil) })
}

// RemoveAll implements durable.Disk.
func (d *Disk) RemoveAll(name string) error {
	return d.do("remove", name, func() error { return d.OS.RemoveAll(name) }, func(rel string) { d.put(rel, nil) })
}

// SyncDir implements durable.Disk.
func (d *Disk) SyncDir(name string) error {
	return d.do("sync folder", name, func() error { return nil }, func(rel string) { d.keep(d.find(rel)) })
}

// SyncTree implements durable.Disk.
func (d *Disk) SyncTree(name string) error {
	return d.do("sync folder", name, func() error { return nil }, func(rel string) {
		n, err := snapshot(filepath.Join(d.root, rel))
		if err != nil {
			panic(err)
		}
		*d.find(rel) = *n
	})
}

// Unsynced is the machine's disk without syncing, for tests that write very many files.
type Unsynced struct{ durable.OS }

// OpenFile implements durable.Disk.
func (u Unsynced) OpenFile(name string, flag int, perm fs.FileMode) (durable.File, error) {
	f, err := u.OS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return unsynced{f}, nil
}

// SyncDir does nothing.
func (Unsynced) SyncDir(string) error { return nil }

// SyncTree does nothing.
func (Unsynced) SyncTree(string) error { return nil }

type unsynced struct{ durable.File }

func (unsynced) Sync() error { return nil }

// file is an open file of the disk.
type file struct {
	durable.File
	disk *Disk
	node *node
}

// Write writes half of p if it fails.
func (f *file) Write(p []byte) (int, error) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.step("write", f.Name()); err != nil {
		n := 0
		if !f.disk.fault.Cut {
			n, _ = f.File.Write(p[:len(p)/2]) //nolint:errcheck // it fails anyway
		}
		return n, err
	}
	return f.File.Write(p)
}

func (f *file) Sync() error {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if err := f.disk.step("sync", f.Name()); err != nil {
		return err
	}
	content, err := os.ReadFile(f.Name())
	f.node.synced = content
	return err
}
