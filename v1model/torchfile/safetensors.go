package torchfile

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

const maxHeader = 100 << 20 // bytes, the format's own limit

// safeTypes maps the format's names of types to ours.
var safeTypes = map[string]string{
	"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool",
}

// openSafetensors reads the header: its length as 8 bytes, and a JSON object of each tensor's type, shape and first and last byte after the header.
func openSafetensors(file io.ReaderAt, size int64) (any, error) {
	var length [8]byte
	if _, err := file.ReadAt(length[:], 0); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader || int64(n) > size-8 {
		return nil, fmt.Errorf("not a safetensors file, or cut short: a header of %d bytes in a file of %d; accepted: at most %d", n, size, maxHeader)
	}
	header := make([]byte, n)
	if _, err := file.ReadAt(header, 8); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	entries, err := objectEntries(header)
	if err != nil {
		return nil, fmt.Errorf("damaged header: %w", err)
	}
	d, start := &dict{}, 8+int64(n)
	var all []*storage
	for _, e := range entries {
		if e.name == "__metadata__" {
			continue
		}
		t, err := e.tensor(start, size)
		if err != nil {
			return nil, fmt.Errorf("tensor %s: %w", short(e.name), err)
		}
		if _, twice := d.index[e.name]; twice {
			return nil, fmt.Errorf("damaged header: two tensors %s", short(e.name))
		}
		d.set(e.name, t)
		all = append(all, t.storage)
	}
	slices.SortFunc(all, func(a, b *storage) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.bytes, b.bytes)) })
	end := start
	for _, s := range all {
		if s.at < end {
			return nil, fmt.Errorf("damaged header: tensor %s overlaps another", short(s.key))
		}
		end = s.at + s.bytes
	}
	return d, nil
}

type safeEntry struct {
	name  string
	value json.RawMessage
}

// objectEntries lists the entries of a JSON object in their order.
func objectEntries(text []byte) (entries []safeEntry, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("not a JSON object")
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, errors.New("no JSON")
		}
		name, _ := t.(string)
		e := safeEntry{name: name}
		if err := d.Decode(&e.value); err != nil {
			return nil, fmt.Errorf("%s: no JSON", short(name))
		}
		entries = append(entries, e)
	}
	if _, err := d.Token(); err != nil {
		return nil, errors.New("no JSON")
	}
	return entries, nil
}

// tensor describes one entry; its offsets count from byte start of a file of so many bytes.
func (e safeEntry) tensor(start, size int64) (*tensor, error) {
	var v struct {
		Dtype   string  `json:"dtype"`
		Shape   []int   `json:"shape"`
		Offsets []int64 `json:"data_offsets"`
	}
	if err := json.Unmarshal(e.value, &v); err != nil {
		return nil, errors.New("damaged header: not an object of dtype, shape and data_offsets")
	}
	kind, ok := safeTypes[v.Dtype]
	if !ok {
		return nil, fmt.Errorf("dtype %q; accepted: F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL", short(v.Dtype))
	}
	if len(v.Offsets) != 2 || v.Offsets[0] < 0 || v.Offsets[1] < v.Offsets[0] || v.Offsets[1] > size-start {
		return nil, fmt.Errorf("cut short, or damaged: bytes %v of %d", numbersOf(v.Offsets), size-start)
	}
	s := &storage{kind: kind, key: e.name, bytes: v.Offsets[1] - v.Offsets[0], at: start + v.Offsets[0]}
	s.stored, s.elements = s.bytes, s.bytes/int64(widths[kind])
	t := &tensor{storage: s, shape: v.Shape, strides: make([]int, len(v.Shape))}
	elements, stride := int64(1), 1
	for i := len(v.Shape) - 1; i >= 0; i-- {
		if n := v.Shape[i]; n < 0 || n > 0 && elements > s.elements/int64(n) {
			return nil, fmt.Errorf("shape %s of %s in %d bytes", numbersText(v.Shape), kind, s.bytes)
		}
		t.strides[i] = stride
		elements, stride = elements*int64(v.Shape[i]), stride*v.Shape[i]
	}
	if elements*int64(widths[kind]) != s.bytes {
		return nil, fmt.Errorf("shape %s of %s in %d bytes", numbersText(v.Shape), kind, s.bytes)
	}
	return t, t.check()
}

func numbersOf(offsets []int64) []int64 { return offsets[:min(len(offsets), 4)] }
