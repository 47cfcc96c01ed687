package pickled

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/nlpodyssey/gopickle/types"

	"v1lab/datasets/array"
)

var errBudget = errors.New("arrays of more bytes than the file has")

// ndarray is a NumPy array as it is pickled: created empty, then given its state.
type ndarray struct {
	shape   []int
	kind    *dtype
	fortran bool
	raw     []byte
	objects []any // content of an array of Python objects, instead of raw
}

// dtype is NumPy's description of an element.
type dtype struct {
	code  string // such as f4
	order binary.ByteOrder
}

// reconstruct is numpy.core.multiarray._reconstruct(ndarray, (0,), b"b"): an array without content.
func reconstruct(args []any) (any, error) {
	if len(args) != 3 || args[0] != Class("numpy.ndarray") {
		return nil, errors.New("_reconstruct, want it of numpy.ndarray")
	}
	return &ndarray{}, nil
}

// PySetState implements types.PyStateSettable; the state is (version, shape, dtype, whether in Fortran order, bytes).
func (a *ndarray) PySetState(state any) error {
	items, err := tuple(state, 5, "state of an array")
	if err != nil {
		return err
	}
	dims, err := tuple(items[1], 0, "shape of an array")
	if err != nil {
		return err
	}
	if len(dims) > 64 {
		return fmt.Errorf("array of %d dimensions", len(dims))
	}
	shape := make([]int, len(dims))
	for i, d := range dims {
		n, ok := d.(int)
		if !ok || n < 0 {
			return fmt.Errorf("dimension %d of an array is not a size", i)
		}
		shape[i] = n
	}
	kind, ok := items[2].(*dtype)
	if !ok {
		return fmt.Errorf("type of an array is a %s", describe(items[2]))
	}
	fortran, ok := items[3].(bool)
	if !ok {
		return fmt.Errorf("order of an array is a %s", describe(items[3]))
	}
	if list, ok := items[4].(*types.List); ok && strings.HasPrefix(kind.code, "O") {
		*a = ndarray{shape: shape, kind: kind, fortran: fortran, objects: *list}
		return nil
	}
	raw, err := rawBytes(items[4])
	if err != nil {
		return fmt.Errorf("array of dtype %s: %w", short(kind.code), err)
	}
	*a = ndarray{shape: shape, kind: kind, fortran: fortran, raw: raw}
	return nil
}

// rawBytes accepts what Python 2 and 3 write for bytes.
func rawBytes(value any) ([]byte, error) {
	switch v := value.(type) {
	case []byte:
		return v, nil
	case string:
		return []byte(v), nil
	}
	return nil, fmt.Errorf("its content is a %s, want bytes", describe(value))
}

// newType is numpy.dtype("f4", False, True).
func newType(args []any) (any, error) {
	if len(args) == 0 {
		return nil, errors.New("dtype without a name")
	}
	code, ok := args[0].(string)
	if !ok {
		return nil, fmt.Errorf("dtype %s, want the name of a number type", describe(args[0]))
	}
	return &dtype{code: code, order: binary.LittleEndian}, nil
}

// PySetState implements types.PyStateSettable; the state is (version, byte order, ...). The rest applies to records.
func (d *dtype) PySetState(state any) error {
	items, err := tuple(state, 2, "state of a dtype")
	if err != nil {
		return err
	}
	switch order, _ := items[1].(string); order {
	case "<", "|", "=":
		d.order = binary.LittleEndian
	case ">":
		d.order = binary.BigEndian
	default:
		return errors.New("byte order of a dtype, want <, > or |")
	}
	for _, record := range items[2:min(5, len(items))] {
		if record != nil {
			return fmt.Errorf("dtype %s is a record, want numbers", short(d.code))
		}
	}
	return nil
}

// scalar is numpy.core.multiarray.scalar(dtype, bytes).
func scalar(args []any) (any, error) {
	if len(args) != 2 {
		return nil, fmt.Errorf("scalar with %d arguments, want 2", len(args))
	}
	kind, ok := args[0].(*dtype)
	if !ok {
		return nil, fmt.Errorf("scalar of a %s, want a dtype", describe(args[0]))
	}
	raw, err := rawBytes(args[1])
	if err != nil {
		return nil, err
	}
	return &ndarray{kind: kind, raw: raw}, nil
}

// decode converts the bytes to values, row-major. NumPy stores the bytes of each array once. A file that refers to the same bytes repeatedly
// could expand without end, so bytes count against a budget.
func (a *ndarray) decode(budget *int) (array.Array, error) {
	if a.kind == nil {
		return array.Array{}, errors.New("array without content")
	}
	if *budget -= len(a.raw) + len(a.objects); *budget < 0 {
		return array.Array{}, errBudget
	}
	switch a.kind.code {
	case "b1":
		return values[bool](a, 1)
	case "i1":
		return values[int8](a, 1)
	case "i2":
		return values[int16](a, 2)
	case "i4":
		return values[int32](a, 4)
	case "i8":
		return values[int64](a, 8)
	case "u1":
		return values[uint8](a, 1)
	case "u2":
		return values[uint16](a, 2)
	case "u4":
		return values[uint32](a, 4)
	case "u8":
		return values[uint64](a, 8)
	case "f4":
		return values[float32](a, 4)
	case "f8":
		return values[float64](a, 8)
	}
	switch {
	case strings.HasPrefix(a.kind.code, "O"):
		return a.texts(budget)
	case strings.HasPrefix(a.kind.code, "U"):
		return a.utf32()
	}
	return array.Array{}, fmt.Errorf("dtype %s, accepted are b1, i1-i8, u1-u8, f4 and f8", short(a.kind.code))
}

// places checks that n values, or n bytes of text, fill the shape with elements of the given width.
func (a *ndarray) places(n int, width uint64) (count int, ok bool) {
	want, overflow := width, false
	for _, d := range a.shape {
		var high uint64
		high, want = bits.Mul64(want, uint64(d))
		overflow = overflow || high != 0 || want > math.MaxInt
	}
	return int(want / max(width, 1)), !overflow && want == uint64(n)
}

func (a *ndarray) mismatch(n int, what string) error {
	return fmt.Errorf("%d %s for shape %s of %s", n, what, array.FormatShape(a.shape), short(a.kind.code))
}

func values[T array.Element](a *ndarray, width uint64) (array.Array, error) {
	n, ok := a.places(len(a.raw), width)
	if !ok {
		return array.Array{}, a.mismatch(len(a.raw), "bytes of values")
	}
	flat := make([]T, n)
	if _, err := binary.Decode(a.raw, a.kind.order, flat); err != nil {
		return array.Array{}, err
	}
	return shaped(a, flat), nil
}

func shaped[T array.Element](a *ndarray, flat []T) array.Array {
	if a.fortran {
		flat = rowMajor(flat, a.shape)
	}
	shape := a.shape
	if shape == nil {
		shape = []int{}
	}
	return array.Array{Shape: shape, Data: flat}
}

// utf32 reads text of fixed width, padded with zeros.
func (a *ndarray) utf32() (array.Array, error) {
	length, err := strconv.Atoi(a.kind.code[1:])
	if err != nil || length < 1 || length > 1<<16 {
		return array.Array{}, fmt.Errorf("dtype %s, want text of 1 to 65536 characters", short(a.kind.code))
	}
	n, ok := a.places(len(a.raw), uint64(4*length))
	if !ok {
		return array.Array{}, a.mismatch(len(a.raw), "bytes of text")
	}
	flat := make([]string, n)
	for i := range flat {
		var b strings.Builder
		for c := range length {
			if r := a.kind.order.Uint32(a.raw[4*(i*length+c):]); r != 0 {
				b.WriteRune(rune(r))
			}
		}
		flat[i] = b.String()
	}
	return shaped(a, flat), nil
}

// texts reads an array of Python objects if each is a text, a whole number, or an array of one, as MATLAB's cell arrays arrive in Python.
func (a *ndarray) texts(budget *int) (array.Array, error) {
	if _, ok := a.places(len(a.objects), 1); !ok {
		return array.Array{}, a.mismatch(len(a.objects), "objects")
	}
	flat := make([]string, len(a.objects))
	for i, value := range a.objects {
		ok := true
		switch v := value.(type) {
		case string:
			flat[i] = v
		case int:
			flat[i] = strconv.Itoa(v)
		case *ndarray:
			if ok = v.objects == nil; ok {
				one, err := v.decode(budget)
				if err != nil {
					return array.Array{}, fmt.Errorf("object %d: %w", i, err)
				}
				if ok = one.Len() == 1; ok {
					flat[i] = one.Strings()[0]
				}
			}
		default:
			ok = false
		}
		if !ok {
			return array.Array{}, fmt.Errorf("object %d is a %s, want text", i, describe(value))
		}
	}
	return shaped(a, flat), nil
}

// rowMajor reorders values stored with the first index fastest.
func rowMajor[T any](values []T, shape []int) []T {
	strides := make([]int, len(shape))
	for i, step := 0, 1; i < len(shape); i++ {
		strides[i], step = step, step*shape[i]
	}
	out, index, at := make([]T, len(values)), make([]int, len(shape)), 0
	for i := range out {
		out[i] = values[at]
		for d := len(shape) - 1; d >= 0; d-- {
			index[d]++
			at += strides[d]
			if index[d] < shape[d] {
				break
			}
			at -= index[d] * strides[d]
			index[d] = 0
		}
	}
	return out
}
