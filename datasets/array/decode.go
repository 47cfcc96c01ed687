package array

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/sbinet/npyio/npy"
)

// errType marks an array that is sound but of a type that this package does not read.
var errType = errors.New("accepted are bool, int8-64, uint8-64, float16, float32, float64, str and bytes")

// decode turns the content of one .npy file into an array.
// The header is npyio's; the values are read here because npyio takes a missing tail for zeros.
func decode(content []byte) (a Array, err error) {
	r := bytes.NewReader(content)
	head, err := header(r)
	if err != nil {
		return Array{}, err
	}
	shape := head.Descr.Shape
	if shape == nil {
		shape = []int{}
	}
	n, err := checkedSize(shape)
	if err != nil {
		return Array{}, err
	}
	kind, width, order, err := elementType(head.Descr.Type)
	if err != nil {
		return Array{}, err
	}
	raw := content[len(content)-r.Len():]
	high, want := bits.Mul64(uint64(n), uint64(width))
	if high != 0 || uint64(len(raw)) < want {
		return Array{}, fmt.Errorf("cut short: %d bytes of values, shape %s of %s needs %d", len(raw), FormatShape(shape), head.Descr.Type, want)
	}
	raw = raw[:want]

	switch kind {
	case "b1":
		return values[bool](raw, order, shape, head)
	case "i1":
		return values[int8](raw, order, shape, head)
	case "i2":
		return values[int16](raw, order, shape, head)
	case "i4":
		return values[int32](raw, order, shape, head)
	case "i8":
		return values[int64](raw, order, shape, head)
	case "u1":
		return values[uint8](raw, order, shape, head)
	case "u2":
		return values[uint16](raw, order, shape, head)
	case "u4":
		return values[uint32](raw, order, shape, head)
	case "u8":
		return values[uint64](raw, order, shape, head)
	case "f4":
		return values[float32](raw, order, shape, head)
	case "f8":
		return values[float64](raw, order, shape, head)
	case "f2":
		a, err = values[uint16](raw, order, shape, head)
		if err != nil {
			return Array{}, err
		}
		halves := a.Data.([]uint16)
		floats := make([]float32, len(halves))
		for i, h := range halves {
			floats[i] = fromHalf(h)
		}
		a.Data = floats
		return a, nil
	default: // text
		text := make([]string, n)
		for i := range text {
			entry := raw[i*width : (i+1)*width]
			if kind == "S" {
				text[i] = strings.TrimRight(string(entry), "\x00")
			} else {
				text[i] = fromUTF32(entry, order)
			}
		}
		return Array{Shape: shape, Data: rowMajor(text, shape, head.Descr.Fortran)}, nil
	}
}

// header reads what precedes the values. npyio indexes into a malformed header without looking, hence the recovery.
func header(r *bytes.Reader) (h npy.Header, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("not a .npy file: malformed header")
		}
	}()
	rd, err := npy.NewReader(r)
	if err != nil {
		return h, fmt.Errorf("not a .npy file: %s", strings.TrimPrefix(err.Error(), "npy: "))
	}
	return rd.Header, nil
}

func checkedSize(shape []int) (int, error) {
	n := uint64(1)
	for _, d := range shape {
		high, low := bits.Mul64(n, uint64(d))
		if d < 0 || high != 0 || low > math.MaxInt {
			return 0, fmt.Errorf("impossible shape %s", FormatShape(shape))
		}
		n = low
	}
	return int(n), nil
}

// elementType splits a NumPy type string such as <f4 into kind f4, bytes per value and byte order; text has kind U (UTF-32) or S (bytes).
func elementType(descr string) (kind string, width int, order binary.ByteOrder, err error) {
	order = binary.LittleEndian
	kind = descr
	if kind != "" && strings.ContainsRune("<>=|", rune(kind[0])) {
		if kind[0] == '>' {
			order = binary.BigEndian
		}
		kind = kind[1:]
	}
	switch kind {
	case "b1", "i1", "u1":
		return kind, 1, order, nil
	case "i2", "u2", "f2":
		return kind, 2, order, nil
	case "i4", "u4", "f4":
		return kind, 4, order, nil
	case "i8", "u8", "f8":
		return kind, 8, order, nil
	}
	for prefix, width := range map[string]int{"U": 4, "S": 1} {
		if length, ok := strings.CutPrefix(kind, prefix); ok {
			if n, err := strconv.Atoi(length); err == nil && n >= 0 && n < 1<<24 {
				return prefix, width * n, order, nil
			}
		}
	}
	return "", 0, nil, fmt.Errorf("dtype %s, %w", descr, errType)
}

func values[T any](raw []byte, order binary.ByteOrder, shape []int, head npy.Header) (Array, error) {
	data := make([]T, size(shape))
	if _, err := binary.Decode(raw, order, data); err != nil {
		return Array{}, err
	}
	return Array{Shape: shape, Data: rowMajor(data, shape, head.Descr.Fortran)}, nil
}

// rowMajor reorders values stored with the first index running fastest.
func rowMajor[T any](data []T, shape []int, fortran bool) []T {
	if !fortran || len(shape) < 2 {
		return data
	}
	out := make([]T, len(data))
	stride := make([]int, len(shape))
	step := 1
	for axis, d := range shape {
		stride[axis] = step
		step *= d
	}
	index := make([]int, len(shape))
	from := 0
	for i := range out {
		out[i] = data[from]
		for axis := len(shape) - 1; axis >= 0; axis-- {
			index[axis]++
			from += stride[axis]
			if index[axis] < shape[axis] {
				break
			}
			from -= index[axis] * stride[axis]
			index[axis] = 0
		}
	}
	return out
}

// fromHalf widens an IEEE 754 half-precision number.
func fromHalf(h uint16) float32 {
	fraction := float64(h & 0x3ff)
	exponent := int(h >> 10 & 0x1f)
	var v float64
	switch exponent {
	case 0:
		v = math.Ldexp(fraction, -24)
	case 0x1f:
		v = math.Inf(1)
		if fraction != 0 {
			v = math.NaN()
		}
	default:
		v = math.Ldexp(fraction+1024, exponent-25)
	}
	if h&0x8000 != 0 {
		v = math.Copysign(v, -1)
	}
	return float32(v)
}

// fromUTF32 reads text that NumPy pads with zeros to the width of the longest entry.
func fromUTF32(raw []byte, order binary.ByteOrder) string {
	var b strings.Builder
	for ; len(raw) >= 4; raw = raw[4:] {
		b.WriteRune(rune(order.Uint32(raw)))
	}
	return strings.TrimRight(b.String(), "\x00")
}
