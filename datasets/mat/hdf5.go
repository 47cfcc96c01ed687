package mat

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"unicode/utf16"

	"v1lab/datasets/array"
	"v1lab/datasets/hdf5file"
	"v1lab/datasets/internal/arrayfile"
)

var errEmpty = errors.New("an empty variable, want values")

// hdf5 is a -v7.3 file. Structs and sparse matrices are groups in it, cells are references to objects in the group #refs#.
type hdf5 struct {
	*hdf5file.File
	path     string
	size     uint64
	datasets []string
	names    []string // the same, with a sparse matrix's group instead of its datasets
	sparse   map[string]bool
}

func newHDF5(f *hdf5file.File, name string, datasets []string) (hdf5, error) {
	h := hdf5{File: f, path: name, datasets: datasets, sparse: map[string]bool{}}
	if stat, err := os.Stat(name); err == nil {
		h.size = uint64(stat.Size())
	}
	for _, d := range datasets {
		if strings.HasPrefix(d, "#") {
			continue // #refs# and #subsystem#
		}
		group := path.Dir(d)
		if path.Base(d) == "jc" && group != "." {
			if _, ok, err := f.Attribute(group, "MATLAB_sparse"); err == nil && ok {
				h.sparse[group] = true
			}
		}
		h.names = append(h.names, d)
	}
	for i, d := range h.names {
		if h.sparse[path.Dir(d)] {
			h.names[i] = path.Dir(d)
		}
	}
	slices.Sort(h.names)
	h.names = slices.Compact(h.names)
	return h, nil
}

// place returns the path in the file of a variable or a field STRUCT.FIELD.
func (f hdf5) place(name string) string {
	if slices.Contains(f.names, name) {
		return name
	}
	return strings.ReplaceAll(name, ".", "/")
}

// Names returns variables and fields as MATLAB shows them.
func (f hdf5) Names() ([]string, error) {
	names := slices.Clone(f.names)
	for i, name := range names {
		names[i] = strings.ReplaceAll(name, "/", ".")
	}
	return names, nil
}

func (f hdf5) Has(name string) bool { return slices.Contains(f.names, f.place(name)) }

func (f hdf5) Check(name string) error {
	if f.Has(name) {
		return nil
	}
	_, err := f.Info(f.place(name))
	return err
}

func (f hdf5) isCell(name string) bool { return f.class(f.place(name)) == "cell" }

// class returns the MATLAB class of a variable, "" if the file does not have it.
func (f hdf5) class(place string) string {
	class, ok, err := f.Attribute(place, "MATLAB_class")
	if err != nil || !ok {
		return ""
	}
	return strings.Join(class.Strings(), "")
}

// Read reads variables with MATLAB's axes, which are reversed in the file.
func (f hdf5) Read(names ...string) (map[string]array.Array, error) {
	return arrayfile.Each(names, f.read)
}

func (f hdf5) read(name string) (array.Array, error) {
	place := f.place(name)
	switch info, _ := f.Info(place); {
	case f.sparse[place]:
		return f.readSparse(place)
	case f.class(place) == "cell":
		return f.readCells(place)
	case f.class(place) == "" && info.Type == "(reference)":
		return array.Array{}, f.blame(place, errors.New("a field of an array of structs, want one struct"))
	}
	a, err := f.ReadReversed(place)
	if err == nil {
		a, err = f.decode(place, a)
		err = f.blame(place, err)
	}
	return a, err
}

func (f hdf5) blame(place string, err error) error {
	if err == nil || strings.HasPrefix(err.Error(), f.path+": ") {
		return err
	}
	return fmt.Errorf("%s: %s: %w", f.path, place, err)
}

// decode converts char matrices to text and refuses classes that are only stored as numbers.
func (f hdf5) decode(place string, a array.Array) (array.Array, error) {
	class := f.class(place)
	if _, empty, _ := f.Attribute(place, "MATLAB_empty"); empty {
		return a, errEmpty
	}
	switch class {
	case "char":
		return charRows(a)
	case "logical":
		return logical(a), nil
	case "", "double", "single", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64":
		return a, nil
	}
	return a, fmt.Errorf("MATLAB class %s, want numbers, or for text a char matrix as char(...) makes it", class)
}

// charRows reads the rows of a char matrix (UTF-16) without trailing blanks.
func charRows(a array.Array) (array.Array, error) {
	codes, ok := a.Data.([]uint16)
	if !ok || len(a.Shape) != 2 {
		return a, fmt.Errorf("char array of shape %s of %s, want a matrix of uint16", array.FormatShape(a.Shape), a.Type())
	}
	rows, n := a.Shape[0], a.Shape[1]
	text := make([]string, rows)
	for i := range text {
		text[i] = strings.TrimRight(string(utf16.Decode(codes[i*n:(i+1)*n])), " \x00")
	}
	return array.New(text), nil
}

// logical converts MATLAB's bytes to bool.
func logical(a array.Array) array.Array {
	bytes, ok := a.Data.([]uint8)
	if !ok {
		return a
	}
	values := make([]bool, len(bytes))
	for i, b := range bytes {
		values[i] = b != 0
	}
	return array.Array{Shape: a.Shape, Data: values}
}
