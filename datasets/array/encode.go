package array

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// encode writes one array as a .npy file of version 1.0.
func encode(w io.Writer, a Array) error {
	var descr string
	payload := a.Data
	switch data := a.Data.(type) {
	case []bool:
		descr = "|b1"
	case []int8:
		descr = "|i1"
	case []int16:
		descr = "<i2"
	case []int32:
		descr = "<i4"
	case []int64:
		descr = "<i8"
	case []int:
		descr, payload = "<i8", convert[int, int64](data)
	case []uint8:
		descr = "|u1"
	case []uint16:
		descr = "<u2"
	case []uint32:
		descr = "<u4"
	case []uint64:
		descr = "<u8"
	case []float32:
		descr = "<f4"
	case []float64:
		descr = "<f8"
	case []string:
		width := 1
		for _, s := range data {
			width = max(width, utf8.RuneCountInString(s))
		}
		descr, payload = fmt.Sprintf("<U%d", width), toUTF32(data, width)
	default:
		return fmt.Errorf("type %T, %w", a.Data, errType)
	}

	dict := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, tuple(a.Shape))
	const prefix = 10                              // magic, version and length of what follows
	padding := (64 - (prefix+len(dict)+1)%64) % 64 // values start at a multiple of 64 bytes
	head := append([]byte(magic), 1, 0)
	head = binary.LittleEndian.AppendUint16(head, uint16(len(dict)+padding+1))
	head = append(head, dict...)
	head = append(head, strings.Repeat(" ", padding)...)
	head = append(head, '\n')
	if _, err := w.Write(head); err != nil {
		return err
	}
	if raw := payloadMemory(payload); raw != nil {
		_, err := w.Write(raw)
		return err
	}
	return binary.Write(w, binary.LittleEndian, payload)
}

// payloadMemory returns the memory of the large arrays of a recording as bytes, so that they are written without a copy.
func payloadMemory(payload any) []byte {
	switch data := payload.(type) {
	case []float32:
		return memory(data, binary.LittleEndian)
	case []float64:
		return memory(data, binary.LittleEndian)
	}
	return nil
}

// tuple formats a shape as Python does: (), (3,), (3, 4).
func tuple(shape []int) string {
	s := strings.Trim(FormatShape(shape), "[]")
	if len(shape) == 1 {
		s += ","
	}
	return "(" + s + ")"
}

func toUTF32(text []string, width int) []uint32 {
	out := make([]uint32, len(text)*width)
	for i, s := range text {
		j := i * width
		for _, r := range s {
			out[j] = uint32(r)
			j++
		}
	}
	return out
}
