package tfcheckpoint

import (
	"encoding/binary"
	"fmt"

	"v1lab/datasets/array"
)

// elementType is a type of TensorFlow that is read.
type elementType struct {
	name   string
	width  int // bytes
	decode func(raw []byte, n int, order binary.ByteOrder) (any, error)
}

// types are by TensorFlow's numbers (DataType).
var types = map[uint64]elementType{
	1:  {"float32", 4, decode[float32]},
	2:  {"float64", 8, decode[float64]},
	3:  {"int32", 4, decode[int32]},
	4:  {"uint8", 1, decode[uint8]},
	5:  {"int16", 2, decode[int16]},
	6:  {"int8", 1, decode[int8]},
	9:  {"int64", 8, decode[int64]},
	10: {"bool", 1, decode[bool]},
	17: {"uint16", 2, decode[uint16]},
	22: {"uint32", 4, decode[uint32]},
	23: {"uint64", 8, decode[uint64]},
}

// unread are the names of further types, for errors.
var unread = map[uint64]string{7: "string", 8: "complex64", 14: "bfloat16", 18: "complex128", 19: "float16", 20: "resource", 21: "variant"}

func typeName(dtype uint64) string {
	if t, ok := types[dtype]; ok {
		return t.name
	}
	if name, ok := unread[dtype]; ok {
		return name
	}
	return fmt.Sprintf("number %d", dtype)
}

func decode[T array.Element](raw []byte, n int, order binary.ByteOrder) (any, error) {
	values := make([]T, n)
	_, err := binary.Decode(raw, order, values)
	return values, err
}
