package hdf5file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"

	"v1lab/datasets/array"
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
	paths                  map[uint64]string // of objects by their addresses, once a reference was followed
	headers, names, texts  budget            // of the file's bytes, for what is kept of it while it is open
}

// Info is what a dataset looks like from outside. Type is that of the array which Read returns, such as float32, str or bool, or in
// brackets what cannot be read, such as (compound). A dataset without values (a null dataspace) has the shape [0].
type Info struct {
	Shape []int
	Type  string
}

// Open opens the file for reading. Errors name the file.
func Open(name string) (f *File, err error) {
	file, err := os.Open(name)
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

// Names lists the datasets by their paths, such as stimuli/train/images, in alphabetical order: every dataset in every group that can be
// reached by hard links, a group that has several names under one of them; soft links count if they lead to a dataset.
// Errors name the file and the group.
func (f *File) Names() (names []string, err error) {
	err = f.guard("", func() { names = f.walk() })
	return names, err
}

// Info looks at a dataset without reading its values. The name is a path as Names lists it; a leading slash is allowed, and groups may be
// reached by soft links. Errors name the file and the dataset.
func (f *File) Info(name string) (info Info, err error) {
	err = f.guard(name, func() {
		d := f.dataset(name)
		info = Info{Shape: d.dims(), Type: d.kind.name()}
	})
	return info, err
}

// Read reads a dataset whole, row-major as stored, numbers in their stored type: float16 becomes float32, a boolean (an enumeration of
// FALSE and TRUE) bool, any other enumeration its integers, text of fixed or variable length strings. Values never written are the file's
// fill value. Dimensions of an array type come last. Errors name the file and the dataset.
func (f *File) Read(name string) (a array.Array, err error) {
	err = f.guard(name, func() { a = f.dataset(name).read(false) })
	return a, err
}

// ReadReversed is Read with the axes in the opposite order, for files of programs whose first axis runs fastest in memory, as MATLAB's does:
// a dataset of shape [3, 5, 7] becomes an array of shape [7, 5, 3]. That takes no more memory than Read.
func (f *File) ReadReversed(name string) (a array.Array, err error) {
	err = f.guard(name, func() { a = f.dataset(name).read(true) })
	return a, err
}

// Attribute reads the attribute of a dataset or a group ("/" is the root). ok is false if there is none of that name.
// Errors name the file, the object and the attribute.
func (f *File) Attribute(object, name string) (a array.Array, ok bool, err error) {
	err = f.guard(strings.TrimSuffix(object, "/")+"@"+name, func() { a, ok = f.attribute(f.resolve(object), name) })
	return a, ok, err
}

// guard runs a step on one object and makes its faults errors.
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

// read returns n bytes at an address, both of which a file may claim to be anything.
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
