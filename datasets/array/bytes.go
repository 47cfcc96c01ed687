package array

import (
	"bytes"
	"io"
)

// Decode decodes the content of a .npy file; it does not keep content.
// It allocates no more than a small multiple of len(content), whatever the header says.
func Decode(content []byte) (Array, error) { return decode(content) }

// DecodeFloat32s is Decode followed by Array.Float32s, into existing memory: it grows to if that is too small and returns it
// with as many values as the shape has. Float32 values are decoded without an intermediate copy.
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
