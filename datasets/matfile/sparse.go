package matfile

import (
	"fmt"
	"math/bits"

	"v1lab/datasets/array"
	"v1lab/datasets/infile"
	"v1lab/datasets/internal/elements"
)

// sparse reads a sparse matrix as a dense one.
func (s *scope) sparse(h header) (array.Array, error) {
	if len(h.shape) != 2 {
		return array.Array{}, fmt.Errorf("damaged: sparse matrix of shape %s", array.FormatShape(h.shape))
	}
	var parts [3]array.Array
	for i, what := range []string{"row indices", "column starts", "values"} {
		var err error
		if parts[i], err = s.vector(); err != nil {
			return array.Array{}, fmt.Errorf("%s of a sparse matrix: %w", what, err)
		}
	}
	return Dense(h.shape[0], h.shape[1], parts[0], parts[1], parts[2], s.stored)
}

// vector reads the next element, which may have any number type.
func (s *scope) vector() (array.Array, error) {
	e, err := s.element()
	if err != nil {
		return array.Array{}, err
	}
	kind, ok := numeric[e.kind]
	if !ok || e.size%kind.width != 0 {
		return array.Array{}, fmt.Errorf("damaged: type %d in %d bytes", e.kind, e.size)
	}
	shape := []int{int(e.size / kind.width)}
	raw, values, err := elements.Make(kind.name, shape[0])
	if err == nil {
		err = s.fill(raw, s.reader(e), shape, int(kind.width), false)
	}
	if err != nil {
		return array.Array{}, err
	}
	return array.Array{Shape: shape, Data: values}, s.finish(e, e.size)
}

// Dense converts a sparse matrix to a dense one [rows, columns]. values are stored one column after another. row is the row of each value,
// counted from 0; start gives the index of each column's first value, and at last the number of values. stored is the matrix's size in the
// file in bytes; infile.Unpacked limits the size of the dense matrix.
func Dense(rows, columns int, row, start, values array.Array, stored uint64) (array.Array, error) {
	high, n := bits.Mul64(uint64(rows), uint64(columns))
	if limit := infile.Unpacked(stored); rows < 0 || columns < 0 || high != 0 || n > limit/8 {
		return array.Array{}, fmt.Errorf("a sparse matrix of shape [%d, %d], %d bytes are in the file and at most %d accepted when it is full", rows, columns, stored, limit)
	}
	at, err := row.Ints()
	if err != nil {
		return array.Array{}, fmt.Errorf("damaged: row indices: %w", err)
	}
	starts, err := start.Ints()
	if err != nil {
		return array.Array{}, fmt.Errorf("damaged: column starts: %w", err)
	}
	numbers, err := values.Float64s()
	if err != nil {
		return array.Array{}, fmt.Errorf("damaged: %w", err)
	}
	if len(starts) != columns+1 || starts[0] != 0 {
		return array.Array{}, fmt.Errorf("damaged: %d column starts of a sparse matrix of %d columns", len(starts), columns)
	}
	full := make([]float64, n)
	for j := range columns {
		from, to := starts[j], starts[j+1]
		if from > to || from < 0 || to > len(at) || to > len(numbers) {
			return array.Array{}, fmt.Errorf("damaged: column %d of a sparse matrix is values %d to %d of %d", j+1, from, to, min(len(at), len(numbers)))
		}
		for k := from; k < to; k++ {
			if at[k] < 0 || at[k] >= rows {
				return array.Array{}, fmt.Errorf("damaged: row %d of a sparse matrix of %d rows", at[k]+1, rows)
			}
			full[at[k]*columns+j] = numbers[k]
		}
	}
	return array.New(full, rows, columns), nil
}
