package elements

import (
	"encoding/binary"
	"fmt"
	"unsafe"
)

type number interface {
	bool | int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | float32 | float64
}

// Make allocates n values of a type named as by array.Array.Type, any but str. It returns them together with the bytes that they consist of:
// write the bytes to set the values. A bool's byte must be 0 or 1.
func Make(kind string, n int) (b []byte, values any, err error) {
	switch kind {
	case "bool":
		b, values = makeNumbers[bool](n)
	case "int8":
		b, values = makeNumbers[int8](n)
	case "int16":
		b, values = makeNumbers[int16](n)
	case "int32":
		b, values = makeNumbers[int32](n)
	case "int64":
		b, values = makeNumbers[int64](n)
	case "uint8":
		b, values = makeNumbers[uint8](n)
	case "uint16":
		b, values = makeNumbers[uint16](n)
	case "uint32":
		b, values = makeNumbers[uint32](n)
	case "uint64":
		b, values = makeNumbers[uint64](n)
	case "float32":
		b, values = makeNumbers[float32](n)
	case "float64":
		b, values = makeNumbers[float64](n)
	default:
		return nil, nil, fmt.Errorf("dtype %s, want numbers", kind)
	}
	return b, values, nil
}

func makeNumbers[T number](n int) ([]byte, any) {
	values := make([]T, n)
	return raw(values), values
}

func raw[T number](values []T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), len(values)*int(unsafe.Sizeof(*new(T))))
}

// Native reports whether numbers of this byte order need no Swap on this machine.
func Native(order binary.ByteOrder) bool {
	return binary.NativeEndian.Uint16([]byte{1, 0}) == order.Uint16([]byte{1, 0})
}

// Swap reverses the bytes of every number of width bytes.
func Swap(b []byte, width int) {
	switch width {
	case 2:
		for ; len(b) >= 2; b = b[2:] {
			binary.LittleEndian.PutUint16(b, binary.BigEndian.Uint16(b))
		}
	case 4:
		for ; len(b) >= 4; b = b[4:] {
			binary.LittleEndian.PutUint32(b, binary.BigEndian.Uint32(b))
		}
	case 8:
		for ; len(b) >= 8; b = b[8:] {
			binary.LittleEndian.PutUint64(b, binary.BigEndian.Uint64(b))
		}
	}
}

// Bytes returns the memory of numbers as bytes, nil for text.
func Bytes(values any) []byte {
	switch v := values.(type) {
	case []bool:
		return raw(v)
	case []int8:
		return raw(v)
	case []int16:
		return raw(v)
	case []int32:
		return raw(v)
	case []int64:
		return raw(v)
	case []uint8:
		return v
	case []uint16:
		return raw(v)
	case []uint32:
		return raw(v)
	case []uint64:
		return raw(v)
	case []float32:
		return raw(v)
	case []float64:
		return raw(v)
	}
	return nil
}
