package matfile

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
)

// dataType is the storage type of an element's values.
type dataType uint32

const (
	typeInt8       dataType = 1
	typeUint8      dataType = 2
	typeInt16      dataType = 3
	typeUint16     dataType = 4
	typeInt32      dataType = 5
	typeUint32     dataType = 6
	typeSingle     dataType = 7
	typeDouble     dataType = 9
	typeInt64      dataType = 12
	typeUint64     dataType = 13
	typeMatrix     dataType = 14
	typeCompressed dataType = 15
	typeUTF8       dataType = 16
	typeUTF16      dataType = 17
	typeUTF32      dataType = 18
)

// numeric maps storage types of numbers to package array's type names.
var numeric = map[dataType]struct {
	name  string
	width uint64
}{
	typeInt8: {"int8", 1}, typeUint8: {"uint8", 1}, typeInt16: {"int16", 2}, typeUint16: {"uint16", 2}, typeInt32: {"int32", 4},
	typeUint32: {"uint32", 4}, typeSingle: {"float32", 4}, typeDouble: {"float64", 8}, typeInt64: {"int64", 8}, typeUint64: {"uint64", 8},
}

const (
	bufferSize = 1 << 14
)

// scope reads a variable, or one inside a struct or cell, from front to back.
type scope struct {
	r      *bufio.Reader
	order  binary.ByteOrder
	left   uint64 // bytes of the variable not read yet
	stored uint64 // bytes in the file of the top-level variable
}

// element is a part of a variable. Its bytes come next in the file, or are in small.
type element struct {
	kind  dataType
	size  uint64
	small []byte // up to four bytes, stored in the tag
}

func (s *scope) take(n uint64) error {
	if n > s.left {
		return fmt.Errorf("damaged: an element of %d bytes where %d are left", n, s.left)
	}
	s.left -= n
	return nil
}

// element reads the tag of the next element.
func (s *scope) element() (element, error) {
	var tag [8]byte
	if err := s.take(8); err != nil {
		return element{}, err
	}
	if _, err := io.ReadFull(s.r, tag[:]); err != nil {
		return element{}, damage(err)
	}
	word := s.order.Uint32(tag[:])
	if n := word >> 16; n > 4 {
		return element{}, fmt.Errorf("damaged: an element of type %d and %d bytes in a tag", word&0xffff, n)
	} else if n > 0 {
		return element{kind: dataType(word & 0xffff), size: uint64(n), small: tag[4 : 4+n]}, nil
	}
	e := element{kind: dataType(word), size: uint64(s.order.Uint32(tag[4:]))}
	if e.size > s.left {
		return element{}, fmt.Errorf("damaged: an element of %d bytes where %d are left", e.size, s.left)
	}
	return e, nil
}

// reader returns the bytes of an element. Read all of them before calling finish.
func (s *scope) reader(e element) io.Reader {
	if e.small != nil {
		return &smallReader{e.small}
	}
	return s.r
}

type smallReader struct{ b []byte }

func (r *smallReader) Read(p []byte) (int, error) {
	if len(r.b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.b)
	r.b = r.b[n:]
	return n, nil
}

// finish skips to the end of an element of which read bytes were read.
func (s *scope) finish(e element, read uint64) error {
	if e.small != nil {
		return nil
	}
	if err := s.take(e.size); err != nil {
		return err
	}
	rest := e.size - read
	if e.kind != typeCompressed {
		padding := min((8-e.size%8)%8, s.left)
		s.left -= padding
		rest += padding
	}
	return s.discard(rest)
}

func (s *scope) discard(n uint64) error {
	for n > 0 {
		step := min(n, 1<<30)
		if _, err := s.r.Discard(int(step)); err != nil {
			return damage(err)
		}
		n -= step
	}
	return nil
}

// bytes reads the next element, which may have at most most bytes.
func (s *scope) bytes(most uint64, what string) (dataType, []byte, error) {
	e, err := s.element()
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", what, err)
	}
	if e.size > most {
		return 0, nil, fmt.Errorf("damaged: %s of %d bytes", what, e.size)
	}
	b := make([]byte, e.size)
	if _, err := io.ReadFull(s.reader(e), b); err != nil {
		return 0, nil, fmt.Errorf("%s: %w", what, damage(err))
	}
	return e.kind, b, s.finish(e, e.size)
}

// matrix starts to read a variable inside this one; done skips to its end.
func (s *scope) matrix() (inner *scope, done func() error, err error) {
	e, err := s.element()
	if err != nil {
		return nil, nil, err
	}
	if e.kind != typeMatrix || e.small != nil {
		return nil, nil, fmt.Errorf("damaged: element of type %d, want a variable", e.kind)
	}
	inner = &scope{r: s.r, order: s.order, left: e.size, stored: s.stored}
	return inner, func() error { return s.finish(e, e.size-inner.left) }, nil
}
