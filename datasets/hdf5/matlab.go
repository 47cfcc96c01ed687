package hdf5

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf16"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/hdf5file"
)

// MAT describes mat:FILE.
var MAT = datasets.Format{
	Scheme: "mat", Example: "mat:recording.mat",
	Reads:   "the arrays of `npz` as variables of a file that MATLAB saved with `-v7.3`; `STRUCT/FIELD` names one inside a struct",
	Options: readerOptions,
	Open:    OpenMAT,
}

// OpenMAT reads a .mat file that MATLAB saved with -v7.3. Variables have the names of package npz's arrays, or KEY=VARIABLE says which they
// are (STRUCT/FIELD inside a struct); shapes are those that size() shows in MATLAB. Text is a char matrix of one entry a row. The options are
// those of Open but for axes. A .mat file of an older version is an error that says how to save it again.
func OpenMAT(spec datasets.Spec) (*datasets.Dataset, error) {
	r := reader{path: spec.Path, reversed: true, decode: decodeMATLAB}
	d, err := r.open(spec.Read(), "mat: no file, want mat:FILE")
	if err != nil && isOldMAT(spec.Path) {
		err = fmt.Errorf("%s: a MATLAB file before version 7.3, want one that is HDF5: in MATLAB, load it and save(FILE, '-v7.3')", spec.Path)
	}
	return d, err
}

// isOldMAT looks at the start of a file: MATLAB's version 5 to 7 has a text there.
func isOldMAT(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	start := make([]byte, 19)
	_, err = io.ReadFull(file, start)
	return err == nil && bytes.HasPrefix(start, []byte("MATLAB 5.0 MAT-file"))
}

// decodeMATLAB makes text of char matrices and refuses what only looks like numbers.
func decodeMATLAB(f *hdf5file.File, name string, a array.Array) (array.Array, error) {
	class, ok, err := f.Attribute(name, "MATLAB_class")
	if err != nil || !ok {
		return a, err
	}
	if _, empty, _ := f.Attribute(name, "MATLAB_empty"); empty {
		return a, errors.New("an empty variable, want values")
	}
	switch word := strings.Join(class.Strings(), ""); word {
	case "char":
		return charRows(a)
	case "cell", "struct", "function_handle", "string":
		return a, fmt.Errorf("MATLAB class %s, want numbers, or for text a char matrix as char(...) makes it", word)
	}
	return a, nil
}

// charRows reads the rows of a char matrix, UTF-16, without the blanks that fill them up.
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
