package array

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"strconv"
	"strings"

	"v1lab/datasets/infile"
)

// errType means that an array is intact but has a type that this package does not read.
var errType = errors.New("accepted are bool, int8-64, uint8-64, float16, float32, float64, str and bytes")

// stored is the content of a .npy file's header.
type stored struct {
	shape   []int
	n       int // number of values
	descr   string
	kind    string
	width   int // bytes per value
	order   binary.ByteOrder
	fortran bool
	length  int // bytes before the values
}

// maxHeader limits the length of a header; NumPy itself reads no more than 10 000 bytes by default.
const maxHeader = 1 << 20

// readHead reads the header of a .npy file of size bytes from r, and checks that the rest of the file holds all values and nothing else.
func readHead(r io.Reader, size uint64) (s stored, err error) {
	start := make([]byte, 10) // magic, version, and in 2 bytes, later 4, the length of what follows
	if n, err := io.ReadFull(r, start); err != nil || string(start[:len(magic)]) != magic {
		if n > 0 && n < len(start) && strings.HasPrefix(magic, string(start[:min(n, len(magic))])) {
			return s, errors.New("not a .npy file: cut short")
		}
		return s, errors.New("not a .npy file")
	}
	version, length := start[len(magic)], uint64(binary.LittleEndian.Uint16(start[8:]))
	s.length = len(start)
	switch {
	case version < 1 || version > 3 || start[len(magic)+1] != 0:
		return s, fmt.Errorf("a .npy file of version %d.%d, accepted are 1.0, 2.0 and 3.0", version, start[len(magic)+1])
	case version > 1:
		var high [2]byte
		if _, err := io.ReadFull(r, high[:]); err != nil {
			return s, damaged(err)
		}
		length |= uint64(binary.LittleEndian.Uint16(high[:])) << 16
		s.length += len(high)
	}
	if rest := size - min(size, uint64(s.length)); length > min(rest, maxHeader) {
		return s, errors.New("not a .npy file: the header is longer than the file, or than 1 MiB")
	}
	text := make([]byte, length)
	if _, err := io.ReadFull(r, text); err != nil {
		return s, damaged(err)
	}
	s.length += len(text)
	h, err := parseHeader(string(text), version)
	if err != nil {
		return s, err
	}
	s.descr, s.fortran, s.shape = h.descr, h.fortran, h.shape
	if s.n, err = checkedSize(s.shape); err != nil {
		return s, err
	}
	if s.kind, s.width, s.order, err = elementType(s.descr); err != nil {
		return s, err
	}
	there := size - uint64(s.length)
	if high, want := bits.Mul64(uint64(s.n), uint64(s.width)); high != 0 || there < want {
		return s, fmt.Errorf("cut short: %d bytes of values, shape %s of %s needs %d", there, FormatShape(s.shape), s.descr, want)
	}
	// Empty texts take no bytes, so any number of them would fit.
	if s.width == 0 && uint64(s.n) > size {
		return s, fmt.Errorf("impossible shape %s of %s", FormatShape(s.shape), s.descr)
	}
	if want := uint64(s.n) * uint64(s.width); there > want {
		return s, fmt.Errorf("damaged: %d bytes follow the values, shape %s of %s ends before", there-want, FormatShape(s.shape), s.descr)
	}
	return s, nil
}

// decode decodes the content of one .npy file.
func decode(content []byte) (Array, error) {
	return read(bytes.NewReader(content), uint64(len(content)))
}

// read reads one .npy file of size bytes without a second copy of the file. It allocates no more than the values take: at most size or, for
// text and half precision, a small multiple of it.
func read(r io.Reader, size uint64) (Array, error) {
	s, err := readHead(r, size)
	if err != nil {
		return Array{}, err
	}
	switch s.kind {
	case "b1":
		return values[bool](r, s)
	case "i1":
		return values[int8](r, s)
	case "i2":
		return values[int16](r, s)
	case "i4":
		return values[int32](r, s)
	case "i8":
		return values[int64](r, s)
	case "u1":
		return values[uint8](r, s)
	case "u2":
		return values[uint16](r, s)
	case "u4":
		return values[uint32](r, s)
	case "u8":
		return values[uint64](r, s)
	case "f4":
		return values[float32](r, s)
	case "f8":
		return values[float64](r, s)
	case "f2":
		a, err := values[uint16](r, s)
		if err != nil {
			return Array{}, err
		}
		halves := a.Data.([]uint16)
		floats := make([]float32, len(halves))
		for i, h := range halves {
			floats[i] = FromHalf(h)
		}
		a.Data = floats
		return a, nil
	default: // text
		text, entry := make([]string, s.n), make([]byte, s.width)
		for i := range text {
			if _, err := io.ReadFull(r, entry); err != nil {
				return Array{}, damaged(err)
			}
			if s.kind == "S" {
				text[i] = strings.TrimRight(string(entry), "\x00")
			} else {
				text[i] = fromUTF32(entry, s.order)
			}
		}
		return Array{Shape: s.shape, Data: rowMajor(text, s.shape, s.fortran)}, nil
	}
}

// damaged returns the error for a truncated file, or for an archive whose content was changed.
func damaged(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return errors.New("cut short")
	}
	return err
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
	if strings.HasPrefix(kind, "O") {
		return "", 0, nil, fmt.Errorf("dtype %s holds pickled Python objects, %w", printable(descr), errType)
	}
	return "", 0, nil, fmt.Errorf("dtype %s, %w", printable(descr), errType)
}

// chunk is the number of bytes decoded at a time, few enough for the processor's cache.
const chunk = 1 << 16

func values[T any](r io.Reader, s stored) (Array, error) {
	if err := infile.Room(uint64(s.n) * uint64(s.width)); err != nil {
		return Array{}, fmt.Errorf("shape %s of %s %w", FormatShape(s.shape), s.descr, err)
	}
	data := make([]T, s.n)
	if err := decodeInto(r, s, data); err != nil {
		return Array{}, err
	}
	return Array{Shape: s.shape, Data: rowMajor(data, s.shape, s.fortran)}, nil
}

func decodeInto[T any](r io.Reader, s stored, data []T) error {
	if raw := memory(data, s.order); raw != nil {
		_, err := io.ReadFull(r, raw)
		return damaged(err)
	}
	buffer := make([]byte, min(chunk, s.n*s.width))
	for len(data) > 0 {
		raw := buffer[:min(chunk, len(data)*s.width)]
		if _, err := io.ReadFull(r, raw); err != nil {
			return damaged(err)
		}
		n := len(raw) / s.width
		if _, err := binary.Decode(raw, s.order, data[:n]); err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// rowMajor reorders values stored with the first index fastest.
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

// FromHalf converts an IEEE 754 number of 16 bits to float32.
func FromHalf(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&0x3ff)
	switch exponent {
	case 0:
		v := float32(fraction) * (1.0 / (1 << 24))
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}

// fromUTF32 decodes text that NumPy padded with zeros to the length of the longest entry.
func fromUTF32(raw []byte, order binary.ByteOrder) string {
	var b strings.Builder
	for ; len(raw) >= 4; raw = raw[4:] {
		b.WriteRune(rune(order.Uint32(raw)))
	}
	return strings.TrimRight(b.String(), "\x00")
}
