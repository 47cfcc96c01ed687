package matfile

import (
	"errors"
	"fmt"
	"slices"

	"v1lab/datasets/array"
	"v1lab/datasets/internal/elements"
)

// cells reads a cell array and joins the contents of its cells.
func (s *scope) cells(h header) (array.Array, error) {
	j, err := NewJoiner(h.shape, s.left)
	if err != nil {
		return array.Array{}, err
	}
	for i := range j.n {
		inner, done, err := s.matrix()
		if err == nil {
			err = inner.cell(j)
		}
		if err == nil {
			err = done()
		}
		if err != nil {
			return array.Array{}, fmt.Errorf("cell %d of %d: %w", i+1, j.n, err)
		}
	}
	return j.Array(), nil
}

// cell reads the content of one cell.
func (s *scope) cell(j *Joiner) error {
	h, err := s.header()
	if err != nil {
		return err
	}
	if h.class != classChar && !h.numbers() {
		return fmt.Errorf("MATLAB class %s, want numbers or text", h.className())
	}
	a := array.Array{Shape: h.shape, Data: []float64{}}
	if s.left > 0 {
		if a, err = s.values(h); err != nil {
			return err
		}
	}
	return j.Add(a)
}

// Joiner joins the contents of a cell array's cells into one array: texts become a list, n arrays of equal shape an array [n, ...]. In the
// cells, a row or column counts as one axis and a single number as none.
type Joiner struct {
	n, at  int
	most   uint64
	cell   []int // shape of each cell
	text   []string
	length uint64 // bytes of all texts
	kind   string // type of the numbers
	raw    []byte
	values any
}

// NewJoiner prepares to join the cells of a cell array, which must have one row or one column. most limits their numbers in total.
func NewJoiner(shape []int, most uint64) (*Joiner, error) {
	if len(shape) != 2 || min(shape[0], shape[1]) != 1 {
		return nil, fmt.Errorf("a cell array of shape %s, want one row or one column", array.FormatShape(shape))
	}
	return &Joiner{n: shape[0] * shape[1], most: most}, nil
}

// Add adds the content of the next cell.
func (j *Joiner) Add(a array.Array) error {
	if a.Len() == 0 {
		return errors.New("empty, want values")
	}
	words, isText := a.Data.([]string)
	if isText && len(words) != 1 {
		return fmt.Errorf("a char matrix of %d rows, want one", len(words))
	}
	if j.at == 0 && !isText {
		if uint64(j.n) > j.most/uint64(a.Len()) {
			return fmt.Errorf("damaged: shape %s in each of %d cells", array.FormatShape(a.Shape), j.n)
		}
		j.cell = slices.Clone(a.Shape)
		if err := j.makeRoom(a.Type(), a.Len()); err != nil {
			return err
		}
	}
	if isText != (j.raw == nil) || !isText && !slices.Equal(a.Shape, j.cell) {
		return fmt.Errorf("shape %s of %s, want what the first has: %s", array.FormatShape(a.Shape), a.Type(), j.first())
	}
	if isText {
		if j.length += uint64(len(words[0])); j.length > j.most {
			return fmt.Errorf("damaged: texts of %d bytes together", j.length)
		}
		j.text = append(j.text, words[0])
	} else if err := j.addNumbers(a); err != nil {
		return err
	}
	j.at++
	return nil
}

func (j *Joiner) first() string {
	if j.raw == nil {
		return "text"
	}
	return fmt.Sprintf("shape %s of %s", array.FormatShape(j.cell), j.kind)
}

func (j *Joiner) makeRoom(kind string, each int) (err error) {
	j.kind = kind
	j.raw, j.values, err = elements.Make(kind, j.n*each)
	return err
}

// addNumbers copies the values of a cell. MATLAB stores the whole numbers of each cell in as few bytes as possible; if cells differ in type,
// all become float64.
func (j *Joiner) addNumbers(a array.Array) error {
	if a.Type() != j.kind {
		before := array.Array{Shape: []int{j.n * a.Len()}, Data: j.values}
		old, err := before.Float64s()
		if err == nil {
			var values []float64
			if values, err = a.Float64s(); err == nil {
				a = array.New(values, a.Shape...)
			}
		}
		if err != nil {
			return err
		}
		if j.kind != "float64" {
			if err := j.makeRoom("float64", a.Len()); err != nil {
				return err
			}
			copy(j.raw, elements.Bytes(old))
		}
	}
	b := elements.Bytes(a.Data)
	copy(j.raw[j.at*len(b):], b)
	return nil
}

// Array returns the joined array after every cell was added.
func (j *Joiner) Array() array.Array {
	if j.raw == nil {
		return array.New(j.text)
	}
	shape := []int{j.n}
	for _, d := range j.cell {
		if len(j.cell) > 2 || d != 1 {
			shape = append(shape, d)
		}
	}
	return array.Array{Shape: shape, Data: j.values}
}

// Len returns the number of cells.
func (j *Joiner) Len() int { return j.n }
