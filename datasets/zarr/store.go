package zarr

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"v1lab/datasets/infile"
)

// store holds a group. Keys are paths with slashes.
type store interface {
	get(key string) ([]byte, error)          // content of a small file, nil if there is none
	folders(folder string) ([]string, error) // names of the folders in a folder
	objects(folder string) ([]object, error) // all files below a folder
	io.Closer
}

// object is a file in a store.
type object struct {
	key          string // relative to the folder that was listed
	size, stored uint64 // bytes of the file, and bytes that it takes in the store
	ranges       bool   // a part can be read without the rest
	open         func() (io.ReadCloser, error)
	readAt       func(b []byte, at int64) error // only if ranges
}

// maxMetadata limits files of metadata, in bytes.
const maxMetadata = 16 << 20

func openStore(name string) (store, error) {
	stat, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if stat.IsDir() {
		return folder(name), nil
	}
	if err := infile.Check(stat); err != nil {
		return nil, err
	}
	return openZip(name)
}

// folder is a store in a folder of the file system.
type folder string

func (f folder) Close() error { return nil }

func (f folder) path(key string) string { return filepath.Join(string(f), filepath.FromSlash(key)) }

func (f folder) get(key string) ([]byte, error) {
	stat, err := os.Stat(f.path(key))
	switch {
	case errors.Is(err, fs.ErrNotExist), err != nil && strings.Contains(err.Error(), "not a directory"), err == nil && stat.IsDir():
		return nil, nil
	case err != nil:
		return nil, err
	case !stat.Mode().IsRegular():
		return nil, fmt.Errorf("%s: not a regular file", short(key))
	case stat.Size() > maxMetadata:
		return nil, fmt.Errorf("%s: %d bytes of metadata, accepted are %d", short(key), stat.Size(), maxMetadata)
	}
	return os.ReadFile(f.path(key))
}

func (f folder) folders(name string) ([]string, error) {
	entries, err := os.ReadDir(f.path(name))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if stat, err := os.Stat(filepath.Join(f.path(name), e.Name())); err == nil && stat.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

func (f folder) objects(name string) ([]object, error) {
	var list []object
	root := f.path(name)
	err := filepath.WalkDir(root, func(at string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		stat, err := os.Stat(at)
		if err != nil {
			return err
		}
		if !stat.Mode().IsRegular() {
			return nil
		}
		key, err := filepath.Rel(root, at)
		if err != nil {
			return err
		}
		size := uint64(stat.Size())
		list = append(list, object{
			key: filepath.ToSlash(key), size: size, stored: size, ranges: true,
			open: func() (io.ReadCloser, error) { return infile.Open(at) },
			readAt: func(b []byte, offset int64) error {
				file, err := infile.Open(at)
				if err != nil {
					return err
				}
				defer file.Close()
				_, err = file.ReadAt(b, offset)
				return err
			},
		})
		return nil
	})
	return list, err
}

// archive is a store in a zip file, written by zarr-python or made by zipping a folder.
type archive struct {
	file  *os.File
	files map[string]*zip.File // the last of several with the same name, as in Python
	keys  []string             // in alphabetical order
}

func openZip(name string) (store, error) {
	file, err := infile.Open(name)
	if err != nil {
		return nil, err
	}
	stat, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	r, err := zip.NewReader(file, stat.Size())
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("not a Zarr group, neither a folder nor a zip file: %w", err)
	}
	a := &archive{file: file, files: map[string]*zip.File{}}
	all := map[string]*zip.File{}
	root, depth := "", 1<<30 // folder that holds the group
	for _, f := range r.File {
		f.Name = infile.MemberName(f.Name)
		key := path.Clean(f.Name)
		if !fs.ValidPath(key) || strings.HasSuffix(f.Name, "/") {
			continue
		}
		all[key] = f
		if base := path.Base(key); base == metadata3 || base == group2 {
			if d := strings.Count(key, "/"); d < depth {
				root, depth = strings.TrimSuffix(key, base), d
			}
		}
	}
	for key, f := range all {
		if rest, ok := strings.CutPrefix(key, root); ok {
			a.files[rest] = f
			a.keys = append(a.keys, rest)
		}
	}
	slices.Sort(a.keys)
	return a, nil
}

func (a *archive) Close() error { return a.file.Close() }

// Deflate expands at most 1032 times. Short files get this many bytes in addition.
const (
	deflateLimit = 1032
	slack        = 1 << 10
)

func (a *archive) open(f *zip.File) (io.ReadCloser, error) {
	if f.UncompressedSize64/deflateLimit > f.CompressedSize64+slack || f.Method == zip.Store && f.UncompressedSize64 != f.CompressedSize64 {
		return nil, fmt.Errorf("damaged archive: %d bytes are said to hold %d", f.CompressedSize64, f.UncompressedSize64)
	}
	return f.Open()
}

func (a *archive) get(key string) ([]byte, error) {
	f, ok := a.files[key]
	if !ok {
		return nil, nil
	}
	if f.UncompressedSize64 > maxMetadata {
		return nil, fmt.Errorf("%s: %d bytes of metadata, accepted are %d", short(key), f.UncompressedSize64, maxMetadata)
	}
	r, err := a.open(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", short(key), err)
	}
	defer r.Close()
	b := make([]byte, f.UncompressedSize64, f.UncompressedSize64+1)
	if err := readWhole(r, b); err != nil {
		return nil, fmt.Errorf("%s: %w", short(key), err)
	}
	return b, nil
}

// below returns the keys in a folder, without the folder's name.
func (a *archive) below(name string) (keys []string) {
	prefix := ""
	if name != "" {
		prefix = name + "/"
	}
	i, _ := slices.BinarySearch(a.keys, prefix)
	for ; i < len(a.keys) && strings.HasPrefix(a.keys[i], prefix); i++ {
		keys = append(keys, a.keys[i][len(prefix):])
	}
	return keys
}

func (a *archive) folders(name string) ([]string, error) {
	var names []string
	for _, key := range a.below(name) {
		if folder, _, ok := strings.Cut(key, "/"); ok {
			names = append(names, folder)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (a *archive) objects(name string) ([]object, error) {
	var list []object
	for _, key := range a.below(name) {
		f := a.files[path.Join(name, key)]
		o := object{
			key: key, size: f.UncompressedSize64, stored: f.CompressedSize64, ranges: f.Method == zip.Store,
			open: func() (io.ReadCloser, error) { return a.open(f) },
		}
		o.readAt = func(b []byte, at int64) error {
			start, err := f.DataOffset()
			if err != nil {
				return err
			}
			_, err = a.file.ReadAt(b, start+at)
			return err
		}
		list = append(list, o)
	}
	return list, nil
}

// readWhole fills b and checks that nothing follows. Reading to the end makes archive/zip verify the checksum.
func readWhole(r io.Reader, b []byte) error {
	if _, err := io.ReadFull(r, b); err != nil {
		return damaged(err)
	}
	var more [1]byte
	switch n, err := io.ReadFull(r, more[:]); {
	case n > 0:
		return errors.New("damaged: longer than it was")
	case !errors.Is(err, io.EOF):
		return damaged(err)
	}
	return nil
}

func damaged(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("damaged: cut short")
	}
	return fmt.Errorf("damaged: %w", reason(err))
}
