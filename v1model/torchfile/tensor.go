package torchfile

import (
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"

	"v1lab/datasets/array"
	"v1lab/datasets/infile"
)

// tensor is a view of a storage: shape and strides in elements.
type tensor struct {
	storage        *storage
	offset         int64
	shape, strides []int
}

// storage says where the elements of one type lie in the file.
type storage struct {
	kind     string // of widths
	key      string
	elements int64
	bytes    int64 // elements times width

	at       int64 // first byte in the file
	stored   int64 // bytes in the file
	deflated bool
	sum      *uint32 // CRC-32 of the bytes, if the file has one
	order    binary.ByteOrder
}

// widths is the number of bytes of one element, by type.
var widths = map[string]int{"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int64": 8, "int32": 4, "int16": 2, "int8": 1, "uint8": 1, "bool": 1}

// load returns the storage's bytes.
func (s *storage) load(path string) ([]byte, error) {
	if err := infile.Room(uint64(s.bytes)); err != nil {
		return nil, err
	}
	file, err := infile.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var r io.Reader = io.NewSectionReader(file, s.at, s.stored)
	if s.deflated {
		r = flate.NewReader(r)
	}
	b := make([]byte, s.bytes)
	if _, err := io.ReadFull(r, b); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("cut short")
		}
		return nil, err
	}
	if s.sum != nil && crc32.ChecksumIEEE(b) != *s.sum {
		return nil, fmt.Errorf("damaged: the checksum of storage %s is wrong (or it was saved with torch.serialization.set_crc32_options(False))", short(s.key))
	}
	return b, nil
}

// read returns the values of a tensor, row-major.
func (t *tensor) read(path string) (array.Array, error) {
	raw, err := t.storage.load(path)
	if err != nil {
		return array.Array{}, err
	}
	order := t.storage.order
	if order == nil {
		order = binary.LittleEndian
	}
	var data any
	switch t.storage.kind {
	case "float64":
		data = gather(t, raw, func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) })
	case "float32":
		data = gather(t, raw, func(b []byte) float32 { return math.Float32frombits(order.Uint32(b)) })
	case "float16":
		data = gather(t, raw, func(b []byte) float32 { return array.FromHalf(order.Uint16(b)) })
	case "bfloat16":
		data = gather(t, raw, func(b []byte) float32 { return math.Float32frombits(uint32(order.Uint16(b)) << 16) })
	case "int64":
		data = gather(t, raw, func(b []byte) int64 { return int64(order.Uint64(b)) })
	case "int32":
		data = gather(t, raw, func(b []byte) int32 { return int32(order.Uint32(b)) })
	case "int16":
		data = gather(t, raw, func(b []byte) int16 { return int16(order.Uint16(b)) })
	case "int8":
		data = gather(t, raw, func(b []byte) int8 { return int8(b[0]) })
	case "uint8":
		data = gather(t, raw, func(b []byte) uint8 { return b[0] })
	case "bool":
		data = gather(t, raw, func(b []byte) bool { return b[0] != 0 })
	}
	return array.Array{Shape: append([]int{}, t.shape...), Data: data}, nil
}

// gather reads the elements of a view in row-major order.
func gather[T any](t *tensor, raw []byte, value func([]byte) T) []T {
	width, count := widths[t.storage.kind], 1
	for _, n := range t.shape {
		count *= n
	}
	out := make([]T, count)
	index, at := make([]int, len(t.shape)), int(t.offset)
	for i := range out {
		out[i] = value(raw[at*width:])
		for axis := len(index) - 1; axis >= 0; axis-- {
			index[axis]++
			at += t.strides[axis]
			if index[axis] < t.shape[axis] {
				break
			}
			at -= index[axis] * t.strides[axis]
			index[axis] = 0
		}
	}
	return out
}
