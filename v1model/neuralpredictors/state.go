package neuralpredictors

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"v1lab/datasets/array"
	"v1lab/v1model/torchfile"
)

// state is a state dict whose tensors are ticked off as they are used. The first error stays.
type state struct {
	file *torchfile.File
	used map[string]bool
	err  error
}

// fail keeps the first error, with the file's name.
func (s *state) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("%s: %w", s.file.Path(), fmt.Errorf(format, args...))
	}
}

// has tells whether there is a tensor of that name.
func (s *state) has(name string) bool { return s.file.Has(name) }

// first is the first of names that exists, or empty.
func (s *state) first(names ...string) string {
	for _, name := range names {
		if s.has(name) {
			return name
		}
	}
	return ""
}

// dims returns the shape of a tensor of so many dimensions, zeros if it has another number or does not exist.
func (s *state) dims(name string, n int) []int {
	shape := s.file.Shape(name)
	switch {
	case !s.has(name):
		s.fail("no tensor %s", name)
	case len(shape) != n:
		s.fail("%s has shape %s, want %d dimensions", name, array.FormatShape(shape), n)
	case slices.Contains(shape, 0):
		s.fail("%s has shape %s, want no dimension of 0", name, array.FormatShape(shape))
	default:
		return shape
	}
	return make([]int, n)
}

// floats returns a tensor's values, checking its shape; -1 fits any length.
func (s *state) floats(name string, want ...int) []float32 {
	shape := s.dims(name, len(want))
	if s.err != nil {
		return nil
	}
	for i, n := range want {
		if n >= 0 && shape[i] != n {
			s.fail("%s has shape %s, want %s", name, array.FormatShape(shape), strings.ReplaceAll(array.FormatShape(want), "-1", "any"))
			return nil
		}
	}
	a, err := s.file.Read(name)
	if err != nil {
		if s.err == nil {
			s.err = err
		}
		return nil
	}
	values, err := a.Float32s()
	if err != nil {
		s.fail("%s: %w", name, err)
	}
	s.used[name] = true
	return values
}

// ignore ticks off tensors without reading them.
func (s *state) ignore(match func(name string) bool) {
	for _, name := range s.file.Names() {
		if match(name) {
			s.used[name] = true
		}
	}
}

// unknown lists tensors of no known use, and entries that are not tensors.
func (s *state) unknown() (names []string) {
	for _, name := range s.file.Names() {
		if !s.used[name] {
			names = append(names, name)
		}
	}
	return append(names, s.file.Others()...)
}

// keys lists what stands between prefix and the next dot, sorted.
func (s *state) keys(prefix string) (keys []string) {
	for _, name := range s.file.Names() {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			if key, _, ok := strings.Cut(rest, "."); ok && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
	}
	sort.Strings(keys)
	return keys
}

// module tells whether the model has a module of that name; known is false if the file does not list modules.
func (s *state) module(name string) (there, known bool) {
	modules, known := s.file.Modules()
	return slices.Contains(modules, name), known
}

// transposed is a [rows, columns] as [columns, rows].
func transposed(a []float32, rows, columns int) []float32 {
	out := make([]float32, len(a))
	if len(a) != rows*columns { // after an error
		return out
	}
	for i := range rows {
		for j := range columns {
			out[j*rows+i] = a[i*columns+j]
		}
	}
	return out
}

// list writes names in one line, the first of them if there are many.
func list(names []string) string {
	const shown = 6
	if len(names) > shown {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
	}
	return strings.Join(names, ", ")
}
