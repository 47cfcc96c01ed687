package sensorium

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"v1lab/datasets/array"
	"v1lab/datasets/infile"
)

// maxFile is the largest accepted file in bytes, far above a trial's image or a recording's tiers.
const maxFile = 64 << 20

// A tree holds the .npy files of one session by their names within it, such as data/images/0.npy.
type tree struct {
	path    string // as the user wrote it, for errors
	files   map[string]file
	archive io.Closer // nil for a folder
}

// file is a file of a tree: in a folder, or a member of an archive.
type file struct {
	size   int64
	path   string
	member *zip.File
}

// folders lists the folders of a tree that may contain files.
func folders() []string {
	all := []string{"meta/trials", "meta/neurons"}
	for _, group := range []string{images, responses, behavior, pupil, videos} {
		all = append(all, "data/"+group, "meta/statistics/"+group+"/all")
	}
	return all
}

func openTree(path string) (*tree, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, cause(err))
	}
	t := &tree{path: path, files: map[string]file{}}
	if info.IsDir() {
		err = t.addFolder()
	} else {
		err = t.addArchive(info.Size())
	}
	if err != nil {
		t.close()
		return nil, err
	}
	return t, nil
}

func (t *tree) close() {
	if t.archive != nil {
		t.archive.Close()
	}
}

// addFolder lists the files. It follows links: the user put them there.
func (t *tree) addFolder() error {
	for _, dir := range folders() {
		entries, err := os.ReadDir(filepath.Join(t.path, filepath.FromSlash(dir)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return t.errorf(dir, "%w", cause(err))
		}
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), ".npy") || strings.HasPrefix(e.Name(), ".") {
				continue
			}
			name := dir + "/" + e.Name()
			path := filepath.Join(t.path, filepath.FromSlash(name))
			info, err := os.Stat(path)
			switch {
			case err != nil:
				return t.errorf(name, "%w", cause(err))
			case !info.Mode().IsRegular():
				return t.errorf(name, "not a regular file")
			}
			t.files[name] = file{size: info.Size(), path: path}
		}
	}
	if _, ok := t.files[tiersFile]; !ok {
		return fmt.Errorf("%s: no %s, want a folder that holds data and meta", t.path, tiersFile)
	}
	return nil
}

// errorf returns an error that names a file of the tree.
func (t *tree) errorf(name, format string, args ...any) error {
	if t.archive == nil {
		name = filepath.Join(t.path, filepath.FromSlash(name))
		return fmt.Errorf("%s: %w", name, fmt.Errorf(format, args...))
	}
	return fmt.Errorf("%s: %s: %w", t.path, name, fmt.Errorf(format, args...))
}

func (t *tree) has(name string) bool { _, ok := t.files[name]; return ok }

// read reads one array.
func (t *tree) read(name string) (array.Array, error) {
	content, err := t.content(name, nil)
	if err != nil {
		return array.Array{}, err
	}
	a, err := array.Decode(content)
	if err != nil {
		return array.Array{}, t.errorf(name, "%w", err)
	}
	return a, nil
}

// content reads a whole file into the buffer, which grows as needed.
func (t *tree) content(name string, buffer []byte) ([]byte, error) {
	f, ok := t.files[name]
	if !ok {
		return nil, t.errorf(name, "missing%s", t.foundInstead(name))
	}
	if f.size > maxFile {
		return nil, t.errorf(name, "%d bytes, want at most %d", f.size, maxFile)
	}
	content, err := f.content(slices.Grow(buffer[:0], int(f.size)+1))
	if err != nil {
		return nil, t.errorf(name, "%w", err)
	}
	return content, nil
}

// content fills an empty buffer whose capacity is at least one byte more than the size.
func (f file) content(buffer []byte) ([]byte, error) {
	var r io.ReadCloser
	var err error
	if f.member != nil {
		r, err = f.member.Open()
	} else {
		r, err = infile.Open(f.path)
	}
	if err != nil {
		return nil, damage(cause(err))
	}
	defer r.Close()
	n, err := io.ReadFull(r, buffer[:f.size+1]) // one byte more, to reach the end, where an archive verifies the checksum
	switch {
	case err == nil:
		return nil, fmt.Errorf("longer than the %d bytes it should have", f.size)
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return nil, damage(cause(err))
	case int64(n) < f.size:
		return nil, fmt.Errorf("cut short: %d of %d bytes", n, f.size)
	}
	return buffer[:n], nil
}

// foundInstead lists the files of a folder in which one is missing.
func (t *tree) foundInstead(name string) string {
	dir := name[:strings.LastIndex(name, "/")+1]
	var there []string
	for other := range t.files {
		if rest, ok := strings.CutPrefix(other, dir); ok {
			there = append(there, short(rest))
		}
	}
	if len(there) == 0 {
		return ""
	}
	slices.Sort(there)
	if len(there) > 12 {
		there = append(there[:12], "...")
	}
	return ", found " + strings.Join(there, ", ")
}

// cause returns an error without the operation and path that the operating system adds.
func cause(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}
