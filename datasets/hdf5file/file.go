package hdf5file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"v1lab/datasets/array"
	"v1lab/datasets/infile"
)

// File is an open HDF5 file. One goroutine at a time may use it.
type File struct {
	path                   string
	file                   *os.File
	base, size             uint64 // where the user block ends, and the number of bytes from there to the end of the file
	root                   uint64 // address of the root group's header
	offsetSize, lengthSize int
	objects                map[uint64]*object
	collections            map[uint64]collection
	paths                  map[uint64]string // path of each object by address, filled when the first reference is followed
	headers, names, texts  budget            // limit what is kept in memory while the file is open
}

// Info describes a dataset. Type is the type of the array that Read returns, such as float32, str or bool, or an unreadable type in
// parentheses, such as (compound). A null dataspace has the shape [0].
type Info struct {
	Shape []int
	Type  string
}

// Open opens the file for reading. Errors name the file.
func Open(name string) (f *File, err error) {
	file, err := infile.Open(name)
	if err != nil {
		return nil, blame(name, err)
	}
	f = &File{path: name, file: file, objects: map[uint64]*object{}, collections: map[uint64]collection{}}
	if err := f.start(); err != nil {
		file.Close()
		return nil, blame(name, err)
	}
	return f, nil
}

func (f *File) start() (err error) {
	defer catch(&err)
	stat, err := f.file.Stat()
	if err != nil {
		return err
	}
	if stat.IsDir() {
		return errors.New("is a directory")
	}
	f.size = uint64(stat.Size())
	f.superblock()
	f.object(f.root)
	return nil
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// Names lists the paths of all datasets, such as stimuli/train/images, in alphabetical order: every dataset in every group that hard links
// reach. A group with several names is listed under one of them. Soft links to datasets are listed, too. Errors name the file and the group.
func (f *File) Names() (names []string, err error) {
	err = f.guard("", func() { names = f.walk() })
	return names, err
}

// Info describes a dataset without reading its values. name is a path as listed by Names; a leading slash is allowed, and the path may
// lead through soft links. Errors name the file and the dataset.
func (f *File) Info(name string) (info Info, err error) {
	err = f.guard(name, func() {
		d := f.dataset(name)
		info = Info{Shape: d.dims(), Type: d.kind.name()}
	})
	return info, err
}

// Read reads a whole dataset, row-major as stored. Numbers keep their stored type, except that float16 becomes float32. An enumeration of
// FALSE and TRUE becomes bool, any other enumeration its integers, text of fixed or variable length strings. Elements that were never
// written have the fill value. Dimensions of an array type come last. Errors name the file and the dataset.
func (f *File) Read(name string) (a array.Array, err error) {
	err = f.guard(name, func() { a = f.dataset(name).read(false) })
	return a, err
}

// ReadReversed is Read with the axes in the opposite order, for files of programs that store the first axis fastest, as MATLAB does: a
// dataset of shape [3, 5, 7] becomes an array of shape [7, 5, 3]. It takes no more memory than Read.
func (f *File) ReadReversed(name string) (a array.Array, err error) {
	err = f.guard(name, func() { a = f.dataset(name).read(true) })
	return a, err
}

// Attribute reads an attribute of a dataset or group; "/" is the root group. ok is false if there is no attribute of that name.
// Errors name the file, the object and the attribute.
func (f *File) Attribute(object, name string) (a array.Array, ok bool, err error) {
	err = f.guard(strings.TrimSuffix(object, "/")+"@"+name, func() { a, ok = f.attribute(f.resolve(object), name) })
	return a, ok, err
}

// guard runs step, which works on one object, and converts its faults to errors.
func (f *File) guard(name string, step func()) error {
	err := func() (err error) {
		defer catch(&err)
		step()
		return nil
	}()
	if err != nil && name != "" {
		err = fmt.Errorf("%s: %w", short(strings.TrimPrefix(path.Clean(name), "/")), err)
	}
	if err != nil {
		return blame(f.path, err)
	}
	return nil
}

func blame(name string, err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return fmt.Errorf("%s: %w", name, err)
}

// read returns n bytes at an address. It checks both against the size of the file.
func (f *File) read(address, n uint64, what string) []byte {
	f.within(address, n, what)
	b := make([]byte, n)
	f.readInto(b, address, what)
	return b
}

func (f *File) within(address, n uint64, what string) {
	if address > f.size || n > f.size-address {
		if address == undefined {
			throw("damaged: no %s", what)
		}
		throw("damaged: %s of %d bytes at byte %d of a file of %d", what, n, address, f.size)
	}
}

func (f *File) readInto(b []byte, address uint64, what string) {
	if _, err := f.file.ReadAt(b, int64(f.base+address)); err != nil {
		throw("%s: %v", what, err)
	}
}

func (f *File) cursor(b []byte, what string) *cursor { return &cursor{b: b, what: what, f: f} }
