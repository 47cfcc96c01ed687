package hdf5file

import (
	"strings"
	"unsafe"

	"v1lab/datasets/array"
	"v1lab/datasets/internal/elements"
)

// place is the memory for an array's values: raw is filled with bytes of the file, then finish makes the values.
type place struct {
	raw    []byte     // to fill, in the machine's byte order
	finish func() any // the values
}

// newPlace allocates memory for n elements. Numbers are read directly into the array, without a second copy.
func (f *File) newPlace(k kind, n int) place {
	n *= int(numElements(k.shape))
	switch k.class {
	case "int":
		switch k.size {
		case 1:
			return numbers[int8](n, k)
		case 2:
			return numbers[int16](n, k)
		case 4:
			return numbers[int32](n, k)
		}
		return numbers[int64](n, k)
	case "uint":
		switch k.size {
		case 1:
			return numbers[uint8](n, k)
		case 2:
			return numbers[uint16](n, k)
		case 4:
			return numbers[uint32](n, k)
		}
		return numbers[uint64](n, k)
	case "float":
		switch k.size {
		case 4:
			return numbers[float32](n, k)
		case 8:
			return numbers[float64](n, k)
		}
		halves := numbers[uint16](n, k)
		return place{halves.raw, func() any {
			out := make([]float32, n)
			for i, h := range halves.finish().([]uint16) {
				out[i] = array.FromHalf(h)
			}
			return out
		}}
	case "bool":
		raw := make([]byte, n)
		return place{raw, func() any {
			out := make([]bool, n)
			for i, v := range raw {
				out[i] = v != 0
			}
			return out
		}}
	case "str":
		raw := make([]byte, n*k.size)
		return place{raw, func() any {
			out := make([]string, n)
			for i := range out {
				out[i] = fixedText(raw[i*k.size:(i+1)*k.size], k.padding)
			}
			return out
		}}
	case "vlen str":
		raw := make([]byte, n*k.size)
		return place{raw, func() any { return f.heapTexts(raw, n) }}
	}
	throw("dtype %s, accepted are numbers, booleans and text", strings.Trim(k.class, "()"))
	return place{}
}

type number interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64
}

// bigEndianMachine is true if this machine is big-endian.
var bigEndianMachine = func() bool { one := uint16(1); return *(*byte)(unsafe.Pointer(&one)) == 0 }()

// numbers allocates a slice of numbers whose bytes are filled in from the file.
func numbers[T number](n int, k kind) place {
	out := make([]T, n)
	return place{unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(out))), n*k.size), func() any { return out }}
}

// reorder swaps the bytes of numbers if their order is not the machine's.
func (k kind) reorder(b []byte) {
	if k.swapped == bigEndianMachine || k.class != "int" && k.class != "uint" && k.class != "float" {
		return
	}
	elements.Swap(b, k.size)
}

// fixedText removes the padding from text of fixed length.
func fixedText(b []byte, padding int) string {
	s := string(b)
	switch padding {
	case 0:
		s, _, _ = strings.Cut(s, "\x00")
		return s
	case 2:
		return strings.TrimRight(s, " ")
	}
	return strings.TrimRight(s, "\x00")
}

// decode converts bytes from a header to an array: compact values and attributes.
func (f *File) decode(k kind, shape []int, raw []byte) array.Array {
	n := numElements(shape)
	if !k.readable() {
		f.newPlace(k, 0)
	}
	if want := product(n, uint64(k.bytes())); uint64(len(raw)) < want {
		throw("damaged: %d bytes of values, want %d", len(raw), want)
	}
	p := f.newPlace(k, int(n))
	copy(p.raw, raw)
	k.reorder(p.raw)
	return array.Array{Shape: append(append([]int{}, shape...), k.shape...), Data: p.finish()}
}
