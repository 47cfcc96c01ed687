package matfile

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"v1lab/datasets/array"
	"v1lab/datasets/internal/elements"
)

// values reads the values of the variable whose header was just read.
func (s *scope) values(h header) (array.Array, error) {
	switch {
	case h.complex:
		return array.Array{}, errors.New("complex numbers, want real ones: save abs(x) or real(x)")
	case h.numbers():
		return s.numbers(h)
	case h.class == classChar:
		return s.text(h)
	case h.class == classSparse:
		return s.sparse(h)
	case h.class == classCell:
		return s.cells(h)
	case h.class == classStruct:
		names, err := s.fieldNames(h)
		if err != nil {
			return array.Array{}, err
		}
		return array.Array{}, fmt.Errorf("a struct, want one of its fields: %s", short(strings.Join(names, ", ")))
	case h.class == classOpaque:
		return array.Array{}, s.opaque()
	}
	return array.Array{}, fmt.Errorf("MATLAB class %s, want numbers, text or cells of these", h.className())
}

// opaque returns an error that names the class of an object.
func (s *scope) opaque() error {
	_, _, err := s.bytes(1<<16, "name of a type system")
	if err == nil {
		if _, name, err := s.bytes(1<<16, "name of a class"); err == nil {
			return fmt.Errorf("an object of MATLAB class %s, want numbers or char: save char(x), double(x) or x.Variables", short(string(name)))
		}
	}
	return errors.New("an object of a MATLAB class, want numbers or char")
}

// pieceSize is about the number of bytes read at once; more if a piece would otherwise be shorter than whole cache lines.
const (
	pieceSize = 4 << 20
	lineSize  = 64
)

// numbers reads an element of numbers into an array and converts MATLAB's order (first axis fastest) to row-major on the way.
func (s *scope) numbers(h header) (array.Array, error) {
	e, err := s.element()
	if err != nil {
		return array.Array{}, err
	}
	kind, ok := numeric[e.kind]
	if !ok {
		return array.Array{}, fmt.Errorf("damaged: values of type %d in a variable of class %s", e.kind, h.className())
	}
	if n := uint64(h.len()); n*kind.width != e.size {
		return array.Array{}, fmt.Errorf("damaged: %d bytes of values, shape %s of %s needs %d", e.size, array.FormatShape(h.shape), kind.name, n*kind.width)
	}
	name, width := kind.name, int(kind.width)
	if h.logical && width == 1 {
		name = "bool"
	}
	raw, values, err := elements.Make(name, h.len())
	if err != nil {
		return array.Array{}, err
	}
	if err := s.fill(raw, s.reader(e), h.shape, width, name == "bool"); err != nil {
		return array.Array{}, err
	}
	return array.Array{Shape: slices.Clone(h.shape), Data: values}, s.finish(e, e.size)
}

// fill reads values in pieces of whole steps along the slowest axis.
func (s *scope) fill(to []byte, r io.Reader, shape []int, width int, isBool bool) error {
	correct := func(b []byte) {
		if isBool {
			for i, v := range b {
				b[i] = min(v, 1)
			}
		} else if !elements.Native(s.order) {
			elements.Swap(b, width)
		}
	}
	axes := slices.DeleteFunc(elements.Axes(shape, elements.Reversed(len(shape)), width), func(a elements.Axis) bool { return a.Count == 1 })
	if len(axes) < 2 || len(to) == 0 {
		if _, err := io.ReadFull(r, to); err != nil {
			return damage(err)
		}
		correct(to)
		return nil
	}
	slowest := len(axes) - 1
	steps, step := axes[slowest].Count, axes[slowest].From
	each := min(steps, max(1, pieceSize/step, min(lineSize/width, len(to)/8/step)))
	piece := make([]byte, each*step)
	for at := 0; at < steps; at += each {
		n := min(each, steps-at)
		b := piece[:n*step]
		if _, err := io.ReadFull(r, b); err != nil {
			return damage(err)
		}
		correct(b)
		axes[slowest].Count = n
		elements.Copy(to[at*axes[slowest].To:], b, axes, width)
	}
	return nil
}

// text reads a char matrix as one text per row.
func (s *scope) text(h header) (array.Array, error) {
	e, err := s.element()
	if err != nil {
		return array.Array{}, err
	}
	n := uint64(h.len())
	if len(h.shape) != 2 || e.size > 4*n {
		return array.Array{}, fmt.Errorf("char array of shape %s in %d bytes, want a matrix", array.FormatShape(h.shape), e.size)
	}
	raw := make([]byte, e.size)
	if _, err := io.ReadFull(s.reader(e), raw); err != nil {
		return array.Array{}, damage(err)
	}
	codes, ok := s.characters(e.kind, raw)
	if !ok {
		return array.Array{}, fmt.Errorf("damaged: characters of type %d", e.kind)
	}
	if uint64(len(codes)) != n {
		return array.Array{}, fmt.Errorf("damaged: %d characters, shape %s needs %d", len(codes), array.FormatShape(h.shape), n)
	}
	if n == 0 { // an empty text
		return array.New([]string{""}), s.finish(e, e.size)
	}
	rows, columns := h.shape[0], h.shape[1]
	text, row := make([]string, rows), make([]uint16, columns)
	for i := range text {
		for j := range row {
			row[j] = codes[j*rows+i]
		}
		text[i] = strings.TrimRight(string(utf16.Decode(row)), " \x00")
	}
	return array.New(text), s.finish(e, e.size)
}

// characters converts stored characters to UTF-16, MATLAB's encoding.
func (s *scope) characters(kind dataType, raw []byte) (codes []uint16, ok bool) {
	switch kind {
	case typeUTF8, typeInt8, typeUint8:
		for len(raw) > 0 {
			r, size := utf8.DecodeRune(raw)
			if kind != typeUTF8 {
				r, size = rune(raw[0]), 1
			}
			raw = raw[size:]
			codes = utf16.AppendRune(codes, r)
		}
	case typeUTF16, typeUint16:
		for ; len(raw) >= 2; raw = raw[2:] {
			codes = append(codes, s.order.Uint16(raw))
		}
	case typeUTF32, typeUint32:
		for ; len(raw) >= 4; raw = raw[4:] {
			codes = utf16.AppendRune(codes, rune(s.order.Uint32(raw)))
		}
	default:
		return nil, false
	}
	return codes, true
}
