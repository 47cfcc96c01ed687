package zarr

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"

	"v1lab/datasets/array"
	"v1lab/datasets/internal/elements"
	"v1lab/datasets/internal/packed"
)

type attributes map[string]json.RawMessage

// pack reads the attributes that describe how numbers are packed.
func (m *metadata) pack(from attributes) (err error) {
	if m.kind.text != "" {
		return nil
	}
	m.packing, err = packed.Read(func(name string) (array.Array, bool, error) {
		raw, ok := from[name]
		if !ok || string(raw) == "null" {
			return array.Array{}, false, nil
		}
		if name == "_Unsigned" {
			return array.Scalar(strings.Trim(string(raw), `"`)), true, nil
		}
		list := []json.RawMessage{raw}
		bad := fmt.Errorf("attribute %s is %s, want a number", name, short(string(raw)))
		if raw[0] == '[' {
			if err := json.Unmarshal(raw, &list); err != nil {
				return array.Array{}, false, bad
			}
		}
		values := make([]float64, len(list))
		for i, entry := range list {
			if values[i], err = number(entry); err != nil {
				return array.Array{}, false, bad
			}
		}
		return array.New(values), true, nil
	})
	return err
}

// maskFill makes the fill value mark missing values.
func (m *metadata) maskFill() error {
	if m.noFill || m.kind.text != "" || m.kind.name == "bool" {
		return nil
	}
	b := m.fill
	if b == nil {
		b = make([]byte, m.kind.memory())
	}
	one, values, err := elements.Make(m.kind.name, 1)
	if err != nil {
		return err
	}
	copy(one, b)
	v, err := array.Array{Data: values}.Float64s()
	if err != nil {
		return err
	}
	m.packing.Missing = append(m.packing.Missing, v[0])
	return nil
}

// number reads a JSON number, or text that stands for one: NaN, or the bytes of a float64 in base 64, as xarray writes them.
func number(raw json.RawMessage) (float64, error) {
	var v float64
	if err := json.Unmarshal(raw, &v); err == nil {
		return v, nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return 0, err
	}
	if b, err := base64.StdEncoding.DecodeString(text); err == nil && len(b) == 8 {
		return math.Float64frombits(binary.LittleEndian.Uint64(b)), nil
	}
	return strconv.ParseFloat(text, 64)
}

// setFill reads the fill value of elements that were never written.
func (m *metadata) setFill(raw json.RawMessage) error {
	bad := fmt.Errorf("fill_value %s of %s", short(string(raw)), m.kind.name)
	if len(raw) == 0 || string(raw) == "null" {
		m.noFill = true
		return nil
	}
	if m.kind.text != "" {
		if json.Unmarshal(raw, &m.text) != nil {
			m.text = "" // some versions of zarr-python write 0 for text
		} else if b, err := base64.StdEncoding.DecodeString(m.text); err == nil && m.kind.text == textBytes {
			m.text = strings.TrimRight(string(b), "\x00")
		}
		return nil
	}
	b, values, err := elements.Make(m.kind.name, 1)
	if err != nil {
		return err
	}
	word := strings.Trim(string(raw), `"`)
	switch to := values.(type) {
	case []bool:
		if to[0], err = strconv.ParseBool(word); err != nil {
			return bad
		}
	case []float32:
		v, err := float(word, 32, m.kind.half)
		if err != nil {
			return bad
		}
		to[0] = float32(v)
	case []float64:
		if to[0], err = float(word, 64, false); err != nil {
			return bad
		}
	default: // whole numbers of as many bytes as b has
		size := 8 * len(b)
		if m.kind.name[0] == 'u' {
			v, err := strconv.ParseUint(strings.TrimSuffix(word, ".0"), 10, size)
			if err != nil {
				return bad
			}
			putInt(b, v)
		} else {
			v, err := strconv.ParseInt(strings.TrimSuffix(word, ".0"), 10, size)
			if err != nil {
				return bad
			}
			putInt(b, uint64(v))
		}
	}
	if bytes.ContainsFunc(b, func(r rune) bool { return r != 0 }) {
		m.fill = b
	}
	return nil
}

// putInt writes a whole number of any width in this machine's byte order.
func putInt(b []byte, v uint64) {
	switch len(b) {
	case 1:
		b[0] = byte(v)
	case 2:
		binary.NativeEndian.PutUint16(b, uint16(v))
	case 4:
		binary.NativeEndian.PutUint32(b, uint32(v))
	case 8:
		binary.NativeEndian.PutUint64(b, v)
	}
}

// float reads a number, NaN, Infinity, or the bits of a number in hexadecimal.
func float(word string, size int, half bool) (float64, error) {
	digits, ok := strings.CutPrefix(word, "0x")
	if !ok {
		return strconv.ParseFloat(word, size)
	}
	if half {
		size = 16
	}
	bits, err := strconv.ParseUint(digits, 16, size)
	switch size {
	case 16:
		return float64(array.FromHalf(uint16(bits))), err
	case 32:
		return float64(math.Float32frombits(uint32(bits))), err
	}
	return math.Float64frombits(bits), err
}
