package mat

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"v1lab/datasets/array"
	"v1lab/datasets/hdf5file"
	"v1lab/datasets/matfile"
)

// readSparse reads a sparse matrix: a group of the datasets data, ir and jc, whose attribute MATLAB_sparse is the number of rows.
func (f hdf5) readSparse(place string) (array.Array, error) {
	attribute, _, err := f.Attribute(place, "MATLAB_sparse")
	if err != nil {
		return array.Array{}, err
	}
	rows, err := attribute.Ints()
	if err != nil || len(rows) != 1 {
		return array.Array{}, f.blame(place, errors.New("damaged: MATLAB_sparse is no number of rows"))
	}
	var parts [3]array.Array
	for i, part := range []string{"ir", "jc", "data"} {
		if !slices.Contains(f.datasets, path.Join(place, part)) { // absent in a matrix of zeros
			parts[i] = array.New([]float64{})
			continue
		}
		if parts[i], err = f.File.Read(path.Join(place, part)); err != nil {
			return array.Array{}, err
		}
	}
	a, err := matfile.Dense(rows[0], parts[1].Len()-1, parts[0], parts[1], parts[2], f.size)
	return a, f.blame(place, err)
}

// readCells follows the references of a cell array.
func (f hdf5) readCells(place string) (array.Array, error) {
	if _, empty, _ := f.Attribute(place, "MATLAB_empty"); empty {
		return array.Array{}, f.blame(place, errEmpty)
	}
	shape, targets, err := f.References(place)
	if err != nil {
		return array.Array{}, err
	}
	slices.Reverse(shape)
	j, err := matfile.NewJoiner(shape, hdf5file.Limit(f.size, true))
	if err != nil {
		return array.Array{}, f.blame(place, err)
	}
	var first hdf5file.Info
	for i, target := range targets {
		err := func() error {
			info, err := f.Info(target)
			if err != nil {
				return err
			}
			if class := f.class(target); i == 0 {
				first = info
			} else if class != "char" && !slices.Equal(info.Shape, first.Shape) { // before memory is allocated
				return fmt.Errorf("shape %s, that of the first is %s", formatReversed(info.Shape), formatReversed(first.Shape))
			} else if class == "cell" {
				return errors.New("a cell array in a cell array")
			}
			a, err := f.ReadReversed(target)
			if err != nil {
				return err
			}
			if a, err = f.decode(target, a); err != nil {
				return err
			}
			return j.Add(a)
		}()
		if err != nil {
			return array.Array{}, f.blame(place, fmt.Errorf("cell %d of %d: %w", i+1, len(targets), errors.New(strings.TrimPrefix(err.Error(), f.path+": "))))
		}
	}
	return j.Array(), nil
}

func formatReversed(shape []int) string {
	shape = slices.Clone(shape)
	slices.Reverse(shape)
	return array.FormatShape(shape)
}
