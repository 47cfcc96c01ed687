package iclr2019

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"

	"v1lab/datasets/array"
)

// ndarray is a NumPy array as it is pickled: made empty, then given its state.
type ndarray struct {
	shape   []int
	kind    *dtype
	fortran bool
	raw     []byte
}

// dtype is NumPy's description of an element.
type dtype struct {
	code  string // such as f4
	order binary.ByteOrder
}

// reconstruct is numpy.core.multiarray._reconstruct(ndarray, (0,), b"b"): an array without content.
func reconstruct(args []any) (any, error) {
	if len(args) != 3 || args[0] != class("numpy.ndarray") {
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
	raw, err := rawBytes(items[4])
	if err != nil {
		return fmt.Errorf("array of dtype %s: %w", short(kind.code), err)
	}
	*a = ndarray{shape, kind, fortran, raw}
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

// PySetState implements types.PyStateSettable; the state is (version, byte order, ...), what follows belongs to records.
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

// decode turns the bytes into values, row-major.
func (a *ndarray) decode() (array.Array, error) {
	if a.kind == nil {
		return array.Array{}, errors.New("array without content")
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
	return array.Array{}, fmt.Errorf("dtype %s, accepted are b1, i1-i8, u1-u8, f4 and f8", short(a.kind.code))
}

func values[T array.Element](a *ndarray, width uint64) (array.Array, error) {
	n, overflow := width, false
	for _, d := range a.shape {
		var high uint64
		high, n = bits.Mul64(n, uint64(d))
		overflow = overflow || high != 0 || n > math.MaxInt
	}
	if overflow || n != uint64(len(a.raw)) {
		return array.Array{}, fmt.Errorf("%d bytes of values for shape %s of %s", len(a.raw), array.FormatShape(a.shape), a.kind.code)
	}
	flat := make([]T, n/width)
	if _, err := binary.Decode(a.raw, a.kind.order, flat); err != nil {
		return array.Array{}, err
	}
	if a.fortran {
		flat = rowMajor(flat, a.shape)
	}
	shape := a.shape
	if shape == nil {
		shape = []int{}
	}
	return array.Array{Shape: shape, Data: flat}, nil
}

// rowMajor reorders values whose first index varies fastest.
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
