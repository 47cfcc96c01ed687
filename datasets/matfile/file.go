package matfile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/klauspost/compress/zlib"

	"v1lab/datasets/array"
	"v1lab/datasets/infile"
)

// File is an open file. One goroutine at a time may use it.
type File struct {
	path      string
	file      *os.File
	order     binary.ByteOrder
	variables []variable      // in the order of the file, no name twice
	seen      map[string]Info // variables and fields that were read
	inflate   io.ReadCloser
}

// variable is a top-level variable of a file.
type variable struct {
	header
	offset     int64  // of its bytes in the file
	stored     uint64 // number of these bytes
	compressed bool
}

// Info is a variable's size() and class() in MATLAB, except that the class of a logical is logical and that of a sparse matrix sparse.
type Info struct {
	Shape []int
	Class string
}

const (
	headerSize = 128
	version    = 0x0100
)

// IsLevel5 reports whether a file starts like level 5. A -v7.3 file, which is HDF5, starts with the same text but another version.
func IsLevel5(start []byte) bool {
	order := byteOrder(start)
	return order != nil && order.Uint16(start[124:]) == version
}

// byteOrder returns the byte order that the last two bytes of a header state, nil if they state none.
func byteOrder(start []byte) binary.ByteOrder {
	if len(start) < headerSize {
		return nil
	}
	switch string(start[126:headerSize]) {
	case "IM":
		return binary.LittleEndian
	case "MI":
		return binary.BigEndian
	}
	return nil
}

// Open opens the file and reads the header of every variable. Of several variables with one name the last counts. Errors name the file.
func Open(path string) (f *File, err error) {
	file, err := infile.Open(path)
	if err != nil {
		return nil, blame(path, err)
	}
	f = &File{path: path, file: file, seen: map[string]Info{}}
	if err := f.index(); err != nil {
		file.Close()
		return nil, blame(path, err)
	}
	return f, nil
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

func (f *File) index() error {
	stat, err := f.file.Stat()
	if err != nil {
		return err
	}
	if stat.IsDir() {
		return errors.New("is a directory")
	}
	start := make([]byte, headerSize)
	n, err := f.file.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if f.order = byteOrder(start[:n]); f.order == nil {
		return fmt.Errorf("not a MATLAB level 5 file: it starts with %q", start[:min(n, 10)])
	}
	if v := f.order.Uint16(start[124:]); v != version {
		return fmt.Errorf("MATLAB file of version %#x, want %#x", v, version)
	}
	size := uint64(stat.Size())
	for at := uint64(headerSize); at < size; {
		var tag [8]byte
		if _, err := f.file.ReadAt(tag[:], int64(at)); err != nil {
			return fmt.Errorf("cut short: variable at byte %d: %w", at, err)
		}
		kind, n := dataType(f.order.Uint32(tag[:])), uint64(f.order.Uint32(tag[4:]))
		if n > size-at-8 {
			return fmt.Errorf("cut short: variable of %d bytes at byte %d of a file of %d", n, at, size)
		}
		if kind != typeMatrix && kind != typeCompressed {
			return fmt.Errorf("damaged: element of type %d at byte %d, want a variable", kind, at)
		}
		v := variable{offset: int64(at) + 8, stored: n, compressed: kind == typeCompressed}
		s, err := f.open(v)
		if err == nil {
			v.header, err = s.header()
		}
		if err != nil {
			return fmt.Errorf("variable at byte %d: %w", at, err)
		}
		if v.name != "" { // MATLAB's internal data about objects have no name
			f.variables = slices.DeleteFunc(f.variables, func(old variable) bool { return old.name == v.name })
			f.variables = append(f.variables, v)
		}
		at += 8 + n
	}
	return nil
}

// open starts to read a variable.
func (f *File) open(v variable) (*scope, error) {
	section := io.NewSectionReader(f.file, v.offset, int64(v.stored))
	if !v.compressed {
		return &scope{r: bufio.NewReaderSize(section, bufferSize), order: f.order, left: v.stored, stored: v.stored}, nil
	}
	var err error
	if f.inflate == nil {
		f.inflate, err = zlib.NewReader(section)
	} else {
		err = f.inflate.(zlib.Resetter).Reset(section, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("damaged: %w", err)
	}
	s := &scope{r: bufio.NewReaderSize(f.inflate, bufferSize), order: f.order, left: infile.Unpacked(v.stored), stored: v.stored}
	e, err := s.element()
	if err != nil {
		return nil, err
	}
	if e.kind != typeMatrix || e.small != nil {
		return nil, fmt.Errorf("damaged: element of type %d, want a variable", e.kind)
	}
	s.left = e.size
	return s, nil
}

// Names lists all variables and, instead of a struct, its fields, as rec.images, in alphabetical order. It has to read the structs.
func (f *File) Names() ([]string, error) {
	var names []string
	for _, v := range f.variables {
		if v.class != classStruct {
			names = append(names, v.name)
			continue
		}
		s, err := f.open(v)
		if err == nil {
			var h header
			if h, err = s.header(); err == nil {
				err = s.fields(h, v.name, &names, 0)
			}
		}
		if err != nil {
			return nil, f.blame(v.name, err)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Info describes a variable, or a field that was read, without reading its values. Errors name the file and the variable.
func (f *File) Info(name string) (Info, error) {
	if info, ok := f.seen[name]; ok {
		return info, nil
	}
	v, err := f.variable(name)
	return v.info(), err
}

func (f *File) variable(name string) (variable, error) {
	i := slices.IndexFunc(f.variables, func(v variable) bool { return v.name == name })
	if i < 0 {
		return variable{}, f.blame(name, errors.New("not in the file"))
	}
	return f.variables[i], nil
}

// Read reads variables, or fields such as rec.images, row-major: element [i, j, k] is MATLAB's (i+1, j+1, k+1). Numbers keep their storage
// type, which for whole numbers is often narrower than their class; the values are the same. A char matrix becomes one text per row, without
// trailing blanks. A cell array of texts becomes a list; one of n arrays of equal shape becomes an array [n, ...], in which a row or column
// counts as one axis and a single number as none. Errors name the file and the variable.
//
// Memory is limited to the variable's bytes in the file, or to 64 MiB and 200 times as many if it is compressed or a sparse matrix. A variable
// beyond the limit is an error. A struct is read once, however many of its fields are named.
func (f *File) Read(names ...string) (map[string]array.Array, error) {
	arrays := map[string]array.Array{}
	for i, name := range names {
		top, _, _ := strings.Cut(name, ".")
		inside := func(name string) bool { return name == top || strings.HasPrefix(name, top+".") }
		if slices.ContainsFunc(names[:i], inside) {
			continue // read together with the first field of its struct
		}
		v, err := f.variable(top)
		if err != nil {
			return nil, err
		}
		c := collector{names: slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !inside(n) }), arrays: arrays, seen: f.seen, at: top}
		s, err := f.open(v)
		if err == nil {
			err = s.collect(&c, top)
		}
		if err == nil && v.compressed { // read the rest to verify the checksum
			_, err = io.Copy(io.Discard, s.r)
			err = damage(err)
		}
		if err != nil {
			return nil, f.blame(c.at, err)
		}
	}
	return arrays, nil
}

func (f *File) blame(name string, err error) error {
	return blame(f.path, fmt.Errorf("%s: %w", short(name), err))
}

func blame(path string, err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// short cuts text from a file to one line of readable length.
func short(text string) string {
	if len(text) > 120 {
		text = text[:120] + "..."
	}
	if quoted := fmt.Sprintf("%q", text); quoted[1:len(quoted)-1] != text {
		return quoted
	}
	return text
}

// damage returns the error for data that end too early or cannot be decompressed.
func damage(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("damaged: cut short")
	}
	return fmt.Errorf("damaged: %w", err)
}
