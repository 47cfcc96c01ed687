package array

import (
	"bytes"
	"io"
)

// Decode turns the content of one .npy file, wherever it was read from, into an array; content is not kept.
// No more memory is allocated than a small multiple of len(content), whatever the header says.
func Decode(content []byte) (Array, error) { return decode(content) }

// DecodeFloat32s is Decode and Array.Float32s in one, into memory that is there already: to is grown if it is too small, and returned
// with as many values as the shape has. Float32 values are decoded without a copy in between.
func DecodeFloat32s(content []byte, to []float32) (shape []int, values []float32, err error) {
	r := bytes.NewReader(content)
	s, err := readHead(r, uint64(len(content)))
	if err != nil {
		return nil, nil, err
	}
	if s.kind != "f4" || s.fortran || s.n > cap(to) {
		a, err := decode(content)
		if err != nil {
			return nil, nil, err
		}
		values, err := a.Float32s()
		return a.Shape, append(to[:0], values...), err
	}
	to = to[:s.n]
	return s.shape, to, decodeInto(r, s, to)
}

// Encode writes a .npy file of version 1.0.
func Encode(w io.Writer, a Array) error { return encode(w, a) }
