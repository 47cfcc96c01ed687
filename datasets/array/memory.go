package array

import (
	"encoding/binary"
	"unsafe"
)

// memory is data as the bytes that it consists of, where those are numbers in the order that is asked for, and nil otherwise: reading
// straight into them is as fast as the file, and byte by byte several times slower. Every pattern of bits is a valid number, which is not
// so of bool.
func memory[T any](data []T, order binary.ByteOrder) []byte {
	switch any(data).(type) {
	case []int8, []int16, []int32, []int64, []uint8, []uint16, []uint32, []uint64, []float32, []float64:
	default:
		return nil
	}
	native := binary.NativeEndian.Uint16([]byte{1, 0}) == order.Uint16([]byte{1, 0})
	if !native || len(data) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(data))), len(data)*int(unsafe.Sizeof(data[0])))
}
