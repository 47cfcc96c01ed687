package matfile

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// class is a variable's class in MATLAB.
type class byte

const (
	classCell   class = 1
	classStruct class = 2
	classObject class = 3
	classChar   class = 4
	classSparse class = 5
	classDouble class = 6
	classUint64 class = 15
	classHandle class = 16
	classOpaque class = 17
)

var classNames = [...]string{"none", "cell", "struct", "object", "char", "sparse", "double", "single", "int8", "uint8", "int16", "uint16",
	"int32", "uint32", "int64", "uint64", "function_handle", "opaque"}

// header precedes the values of a variable.
type header struct {
	class            class
	complex, logical bool
	shape            []int
	name             string
}

func (h header) className() string {
	if h.logical && h.class != classSparse {
		return "logical"
	}
	return classNames[h.class]
}

func (h header) info() Info { return Info{Shape: slices.Clone(h.shape), Class: h.className()} }

// numbers reports whether the values are dense numbers or logicals.
func (h header) numbers() bool { return h.class >= classDouble && h.class <= classUint64 }

// len returns the number of values. It does not overflow for a header that was read.
func (h header) len() int {
	n := 1
	for _, d := range h.shape {
		n *= d
	}
	return n
}

// maxRank limits the axes of a variable. MATLAB allows more than anyone uses.
const maxRank = 32

// header reads a variable's header. A variable of no bytes is the empty matrix.
func (s *scope) header() (header, error) {
	if s.left == 0 {
		return header{class: classDouble, shape: []int{0, 0}}, nil
	}
	kind, flags, err := s.bytes(8, "array flags")
	if err != nil {
		return header{}, err
	}
	if kind != typeUint32 || len(flags) != 8 {
		return header{}, fmt.Errorf("damaged: array flags of type %d and %d bytes", kind, len(flags))
	}
	word := s.order.Uint32(flags)
	h := header{class: class(word), complex: word&0x800 != 0, logical: word&0x200 != 0}
	if h.class < classCell || int(h.class) >= len(classNames) {
		return header{}, fmt.Errorf("damaged: variable of class %d", h.class)
	}
	if h.class == classOpaque {
		if _, name, err := s.bytes(1<<16, "name"); err == nil {
			h.name = string(name)
		}
		return h, nil // its layout differs
	}
	kind, dims, err := s.bytes(4*maxRank, "dimensions")
	if err != nil {
		return header{}, err
	}
	if kind != typeInt32 && kind != typeUint32 || len(dims)%4 != 0 || len(dims) < 8 {
		return header{}, fmt.Errorf("damaged: dimensions of type %d and %d bytes", kind, len(dims))
	}
	n := uint64(1)
	for ; len(dims) > 0; dims = dims[4:] {
		d := int32(s.order.Uint32(dims))
		h.shape = append(h.shape, int(d))
		high, low := bits.Mul64(n, uint64(max(d, 1)))
		if n = low; d < 0 || high != 0 || low > 1<<50 {
			return header{}, fmt.Errorf("damaged: dimensions %v", h.shape)
		}
	}
	kind, name, err := s.bytes(1<<16, "name")
	if err != nil {
		return header{}, err
	}
	if kind != typeInt8 && kind != typeUint8 && kind != typeUTF8 && len(name) > 0 {
		return header{}, fmt.Errorf("damaged: name of type %d", kind)
	}
	h.name = strings.TrimRight(string(name), "\x00")
	return h, nil
}
