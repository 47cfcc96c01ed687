package array

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// magic begins every .npy file.
const magic = "\x93NUMPY"

// A .npy file's header is a dictionary as Python writes it: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
// Source: numpy.lib.format in NumPy's reference, versions 1.0 to 3.0.
type header struct {
	descr   string
	fortran bool
	shape   []int
}

// parseHeader parses a header's text, of a file of the given version: Latin-1 before 3, then UTF-8. Keys may have any order, strings either
// quote, lengths the L of Python 2.
func parseHeader(text string, version byte) (header, error) {
	if version >= 3 && !utf8.ValidString(text) {
		return header{}, errors.New("not a .npy file: malformed header: not UTF-8")
	}
	p := &literals{rest: text}
	h, err := p.header()
	if err != nil {
		if errors.Is(err, errType) {
			return header{}, err
		}
		return header{}, fmt.Errorf("not a .npy file: malformed header: %w", err)
	}
	return h, nil
}

// literals reads Python literals one after another.
type literals struct{ rest string }

func (p *literals) header() (header, error) {
	h := header{}
	seen := map[string]bool{}
	if !p.skip("{") {
		return h, p.unexpected("{")
	}
	for !p.skip("}") {
		key, ok := p.text()
		if !ok {
			return h, p.unexpected("a key in quotes")
		}
		if !p.skip(":") {
			return h, p.unexpected(":")
		}
		if seen[key] {
			return h, fmt.Errorf("key %s twice", printable(key))
		}
		seen[key] = true
		var err error
		switch key {
		case "descr":
			h.descr, err = p.descr()
		case "fortran_order":
			h.fortran, err = p.truth()
		case "shape":
			h.shape, err = p.shape()
		default:
			err = fmt.Errorf("key %s, want descr, fortran_order and shape", printable(key))
		}
		if err != nil {
			return h, err
		}
		if !p.skip(",") {
			if !p.skip("}") {
				return h, p.unexpected(", or }")
			}
			break
		}
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			return h, fmt.Errorf("no key %s", key)
		}
	}
	if strings.Trim(p.rest, " \t\r\n\x00") != "" {
		return h, p.unexpected("the end")
	}
	return h, nil
}

// blanks are what Python skips between literals.
const blanks = " \t\r\n"

// skip passes over a sign, and reports whether it was there.
func (p *literals) skip(sign string) bool {
	rest, ok := strings.CutPrefix(strings.TrimLeft(p.rest, blanks), sign)
	if ok {
		p.rest = rest
	}
	return ok
}

func (p *literals) unexpected(want string) error {
	rest := strings.TrimLeft(p.rest, blanks)
	if rest == "" {
		return fmt.Errorf("ends early, want %s", want)
	}
	return fmt.Errorf("%s, want %s", printable(rest[:min(len(rest), 20)]), want)
}

// text reads a string in either quote; Python 2 may mark it as Unicode and Python 3 as bytes. No type or key needs an escape.
func (p *literals) text() (string, bool) {
	for _, mark := range []string{"u", "b", ""} {
		for _, quote := range []string{"'", `"`} {
			if !p.skip(mark + quote) {
				continue
			}
			text, rest, ok := strings.Cut(p.rest, quote)
			if ok = ok && !strings.ContainsAny(text, "\\\n"); ok {
				p.rest = rest
			}
			return text, ok
		}
	}
	return "", false
}

// descr reads the type of the values. Only that of a structured array is not a string.
func (p *literals) descr() (string, error) {
	if rest := strings.TrimLeft(p.rest, blanks); strings.HasPrefix(rest, "[") || strings.HasPrefix(rest, "(") {
		return "", fmt.Errorf("a structured array, want one array for each field, %w", errType)
	}
	text, ok := p.text()
	if !ok {
		return "", p.unexpected("a type in quotes")
	}
	return text, nil
}

func (p *literals) truth() (bool, error) {
	switch {
	case p.skip("True"):
		return true, nil
	case p.skip("False"):
		return false, nil
	}
	return false, p.unexpected("True or False")
}

// shape reads a tuple of lengths: (), (3,), (3, 4), (3L, 4L).
func (p *literals) shape() ([]int, error) {
	if !p.skip("(") {
		return nil, p.unexpected("a shape in parentheses")
	}
	shape := []int{}
	for !p.skip(")") {
		rest := strings.TrimLeft(p.rest, blanks)
		n := 0
		for n < len(rest) && (rest[n] >= '0' && rest[n] <= '9' || n == 0 && rest[n] == '-') {
			n++
		}
		length, err := strconv.Atoi(rest[:n])
		if err != nil {
			return nil, p.unexpected("a length")
		}
		p.rest = strings.TrimPrefix(rest[n:], "L")
		shape = append(shape, length)
		if comma := p.skip(","); !comma {
			if !p.skip(")") {
				return nil, p.unexpected(", or )")
			}
			if len(shape) == 1 {
				return nil, fmt.Errorf("shape (%d), want (%d,)", length, length)
			}
			break
		}
	}
	return shape, nil
}
