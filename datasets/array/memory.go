package array

import (
	"encoding/binary"
	"unsafe"
)

// memory returns the memory of data as bytes if data are numbers in the given byte order, and nil otherwise. Reading straight into memory is
// as fast as the file; decoding value by value is several times slower. Every pattern of bits is a valid number, but not a valid bool, so
// bools are excluded.
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
