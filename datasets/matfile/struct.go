package matfile

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"v1lab/datasets/array"
)

// fieldNames reads the names of a struct's fields.
func (s *scope) fieldNames(h header) ([]string, error) {
	if h.class != classStruct {
		return nil, fmt.Errorf("a %s, want a struct", h.className())
	}
	if h.len() != 1 {
		return nil, fmt.Errorf("an array of %d structs, want one", h.len())
	}
	_, length, err := s.bytes(4, "length of field names")
	if err != nil {
		return nil, err
	}
	if len(length) != 4 {
		return nil, errors.New("damaged: no length of field names")
	}
	width := int(int32(s.order.Uint32(length)))
	_, text, err := s.bytes(1<<22, "field names")
	if err != nil {
		return nil, err
	}
	if len(text) == 0 {
		return nil, nil
	}
	if width < 1 || len(text)%width != 0 {
		return nil, fmt.Errorf("damaged: %d bytes of field names, %d each", len(text), width)
	}
	names := make([]string, 0, len(text)/width)
	for part := range slices.Chunk(text, width) {
		name, _, _ := bytes.Cut(part, []byte{0})
		names = append(names, string(name))
	}
	return names, nil
}

// maxDepth limits structs in structs.
const maxDepth = 16

// fields lists the fields of the struct whose header was just read, and those of structs in it. Fields that are not a single struct are listed.
func (s *scope) fields(h header, path string, list *[]string, depth int) error {
	if h.class != classStruct || h.len() != 1 || depth > maxDepth {
		*list = append(*list, path)
		return nil
	}
	names, err := s.fieldNames(h)
	if err != nil {
		return err
	}
	for _, name := range names {
		inner, done, err := s.matrix()
		if err != nil {
			return err
		}
		h, err := inner.header()
		if err != nil {
			return err
		}
		if err := inner.fields(h, path+"."+name, list, depth+1); err != nil {
			return err
		}
		if err := done(); err != nil {
			return err
		}
	}
	return nil
}

// collector gathers arrays from a variable.
type collector struct {
	names  []string // names of the wanted arrays
	arrays map[string]array.Array
	seen   map[string]Info
	at     string // current path, for errors
}

// collect reads the variable named path, or those of its fields that are wanted.
func (s *scope) collect(c *collector, path string) error {
	c.at = path
	h, err := s.header()
	if err != nil {
		return err
	}
	if slices.Contains(c.names, path) {
		a, err := s.values(h)
		c.arrays[path], c.seen[path] = a, h.info()
		return err
	}
	fields, err := s.fieldNames(h)
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, name := range c.names {
		if rest, ok := strings.CutPrefix(name, path+"."); ok {
			part, _, _ := strings.Cut(rest, ".")
			if wanted[part] = true; !slices.Contains(fields, part) {
				return fmt.Errorf("no field %s, found %s", short(part), short(strings.Join(fields, ", ")))
			}
		}
	}
	for _, field := range fields {
		inner, done, err := s.matrix()
		if err == nil && wanted[field] {
			err = inner.collect(c, path+"."+field)
		}
		if err == nil {
			c.at = path
			err = done()
		}
		if err != nil {
			return err
		}
	}
	return nil
}
