package durable

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// WriteFile replaces a file by data. A new file gets the permissions perm without those of the umask; an existing one keeps its own.
func WriteFile(path string, data []byte, perm fs.FileMode) error {
	return Replace(path, perm, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// Replace replaces a file by what write writes. It buffers. Permissions are as with WriteFile. Errors of write are returned as they are.
func Replace(path string, perm fs.FileMode, write func(io.Writer) error) error {
	f, err := Begin(path, perm, true)
	if err != nil {
		return err
	}
	defer f.Cancel()
	w := bufio.NewWriterSize(f, 1<<20)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Commit()
}

// New is the new content of a file, under a temporary name until Commit.
type New struct {
	path string
	file File
	open bool
	left bool // the temporary file is there
}

// Begin makes an empty temporary file next to path. With keep, it has the permissions of an existing file at path.
func Begin(path string, perm fs.FileMode, keep bool) (*New, error) {
	info, err := os.Lstat(path)
	exists := err == nil && info.Mode().IsRegular()
	if exists && keep {
		perm = info.Mode().Perm()
	}
	f, err := create(path, perm)
	if err != nil {
		return nil, of("create", path, err)
	}
	n := &New{path: path, file: f, open: true, left: true}
	if exists && keep {
		if err := f.Chmod(perm); err != nil {
			n.Cancel()
			return nil, of("chmod", path, err)
		}
	}
	return n, nil
}

// create makes a file with a name that Temporary knows.
func create(path string, perm fs.FileMode) (File, error) {
	for {
		f, err := disk().OpenFile(temporary(path), os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

func temporary(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+strconv.FormatUint(rand.Uint64()>>1, 10))
}

// Temporary tells whether name is that of an unfinished replacement of the file called of, which a killed process may leave.
func Temporary(name, of string) bool {
	number, ok := strings.CutPrefix(name, "."+of)
	return ok && number != "" && strings.Trim(number, "0123456789") == ""
}

// Tidy removes unfinished replacements of a file, which killed processes left. Nobody may be writing to the file. What cannot be removed stays.
func Tidy(path string) {
	entries, _ := os.ReadDir(filepath.Dir(path)) //nolint:errcheck // then there is nothing to remove
	for _, e := range entries {
		if Temporary(e.Name(), filepath.Base(path)) {
			_ = disk().Remove(filepath.Join(filepath.Dir(path), e.Name())) //nolint:errcheck // it takes space only
		}
	}
}

// Name is the path of the temporary file, for libraries that write to a path.
func (n *New) Name() string { return n.file.Name() }

func (n *New) Write(p []byte) (int, error) {
	m, err := n.file.Write(p)
	return m, of("write", n.path, err)
}

// Commit makes the content the file's.
func (n *New) Commit() error {
	if err := n.file.Sync(); err != nil {
		return of("sync", n.path, err)
	}
	n.open = false
	if err := n.file.Close(); err != nil {
		return of("close", n.path, err)
	}
	if err := disk().Rename(n.file.Name(), n.path); err != nil {
		return of("rename", n.path, err)
	}
	n.left = false
	return of("sync", n.path, disk().SyncDir(filepath.Dir(n.path)))
}

// Cancel removes the temporary file, unless Commit succeeded.
func (n *New) Cancel() {
	if n.open {
		n.open = false
		_ = n.file.Close() //nolint:errcheck // it is removed
	}
	if n.left {
		n.left = false
		_ = disk().Remove(n.file.Name()) //nolint:errcheck // Tidy does it later
	}
}

// Append adds data to the end of a file and creates it if needed. After a failure, a part of data may be there.
func Append(path string, data []byte, perm fs.FileMode) (err error) {
	_, missing := os.Lstat(path)
	f, err := disk().OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, perm)
	if err != nil {
		return of("write", path, err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return of("write", path, err)
	}
	if missing != nil {
		return of("sync", path, disk().SyncDir(filepath.Dir(path)))
	}
	return nil
}

// of returns an error of the file at path whatever file the cause names.
func of(op, path string, err error) error {
	if err == nil {
		return nil
	}
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &linkErr):
		err = linkErr.Err
	case errors.As(err, &pathErr):
		err = pathErr.Err
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}

// Named returns an error that begins with the path, and without what the operating system adds to the cause.
func Named(path string, err error) error {
	if err == nil {
		return nil
	}
	var pathErr *fs.PathError
	if errors.As(of("", path, err), &pathErr) {
		err = pathErr.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// OpenFile opens a file for writing in place, as a download that goes on needs it.
func OpenFile(path string, flag int, perm fs.FileMode) (File, error) {
	return disk().OpenFile(path, flag, perm)
}

// Try finds out whether files can be written in a folder, for work that takes long before it writes. It leaves nothing.
func Try(dir string) error {
	f, err := Begin(filepath.Join(dir, "try"), 0o600, false)
	if err != nil {
		return Named(dir, err)
	}
	defer f.Cancel()
	if _, err = f.Write(make([]byte, 1<<16)); err == nil {
		err = f.file.Sync()
	}
	return Named(dir, err)
}
