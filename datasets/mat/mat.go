package mat

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"v1lab/datasets"
	"v1lab/datasets/hdf5file"
	"v1lab/datasets/infile"
	"v1lab/datasets/internal/arrayfile"
	"v1lab/datasets/internal/namedarrays"
	"v1lab/datasets/matfile"
)

// Format describes mat:FILE.
var Format = datasets.Format{
	Scheme: "mat", Example: "mat:recording.mat",
	Reads:   "the arrays of `npz` as variables of a MATLAB file, level 5 (`save`, SciPy) or `-v7.3`; `STRUCT.FIELD` names one inside a struct",
	Options: arrayfile.KeyOptions(),
	Open:    Open, Sessions: datasets.SessionsIn(".mat"),
}

// Open reads the file at spec.Path. Variables have the names of package npz's arrays, or of options KEY=VARIABLE (inside a struct:
// STRUCT.FIELD or STRUCT/FIELD). Shapes are those that size() shows in MATLAB: images [n, height, width] or [n, height, width, channels],
// responses [n, neurons], test responses also [repeats, n, neurons]. Images may be a cell array of n images of the same size. MATLAB stores
// the test responses of a single neuron as [repeats, n]; Open restores the axis. Text is a char matrix with one entry per row, or a cell
// array of texts. Other options: channels=first reads images as [n, channels, height, width]; seed is the seed of a split that is not in the
// file. Errors name the file and the variable.
func Open(spec datasets.Spec) (*datasets.Dataset, error) {
	options := spec.Read()
	wanted := arrayfile.ReadOptions(options)
	if err := options.Done(); err != nil {
		return nil, err
	}
	if spec.Path == "" {
		return nil, errors.New("mat: no file, want mat:FILE")
	}
	f, err := open(spec.Path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	arrays, err := wanted.Load(spec.Path, "variable", f)
	if err != nil {
		return nil, err
	}
	for key, a := range arrays.Values {
		if !strings.HasSuffix(key, "images") && len(a.Shape) > 2 && f.isCell(arrays.Name(key)) {
			return nil, fmt.Errorf("%s: a cell array of matrices, want one array: [images, neurons], or [repeats, images, neurons] for tests", arrays.Label(key))
		}
	}
	if wanted.FirstIndex == "" {
		wanted.FirstIndex = namedarrays.FirstIndexOfMATLAB
	}
	return wanted.Dataset(arrays)
}

// file is a .mat file of any version.
type file interface {
	arrayfile.File
	io.Closer
	isCell(name string) bool // valid for an array that was read
}

// open opens a file with the reader for its version.
func open(path string) (file, error) {
	f, err := infile.Open(path)
	if err != nil {
		var pathErr *os.PathError
		if errors.As(err, &pathErr) {
			err = pathErr.Err
		}
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	start := make([]byte, 128)
	n, _ := io.ReadFull(f, start) // the reader reports read errors
	f.Close()
	start = start[:n]
	switch {
	case matfile.IsLevel5(start):
		f, err := matfile.Open(path)
		if err != nil {
			return nil, err
		}
		return level5{f, path}, nil
	case isLevel4(start):
		return nil, fmt.Errorf("%s: a MATLAB level 4 file, want level 5 or HDF5: in MATLAB, load it and save it again; in SciPy, savemat(..., format='5')", path)
	case bytes.HasPrefix(start, []byte("MATLAB 5.0 MAT-file")):
		if _, err := matfile.Open(path); err != nil { // its error says what is wrong with the header
			return nil, err
		}
	}
	h, err := hdf5file.Open(path)
	if err != nil {
		return nil, err
	}
	names, err := h.Names()
	if err != nil {
		h.Close()
		return nil, err
	}
	return newHDF5(h, path, names)
}

// isLevel4 reports whether a file starts with the header of a level 4 matrix: a type in four decimal digits, then rows, columns, a flag for
// an imaginary part, and the length of a name, all small.
func isLevel4(start []byte) bool {
	if len(start) < 20 {
		return false
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		kind, imaginary, name := order.Uint32(start), order.Uint32(start[12:]), order.Uint32(start[16:])
		if kind <= 4052 && kind/100%10 == 0 && kind/10%10 <= 5 && kind%10 <= 2 && imaginary <= 1 && name >= 1 && name < 1<<16 {
			return true
		}
	}
	return false
}
