package pytorch

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"v1lab/datasets/array"
	"v1lab/datasets/durable"
)

// alignment of the tensors' data in the file, in bytes.
const alignment = 8

// WriteSafetensors writes float32 and int64 arrays, with metadata, which may be nil. The file appears whole or not at all.
//
// It begins with the length of the header, 8 bytes little-endian. The header is JSON: each tensor's type, shape and place in what follows.
func WriteSafetensors(path string, tensors map[string]array.Array, metadata map[string]string) error {
	type entry struct {
		Type    string `json:"dtype"`
		Shape   []int  `json:"shape"`
		Offsets [2]int `json:"data_offsets"`
	}
	header, end := map[string]any{}, 0
	if len(metadata) > 0 {
		header["__metadata__"] = metadata
	}
	names := slices.Sorted(maps.Keys(tensors))
	slices.SortStableFunc(names, func(a, b string) int { return width(tensors[b]) - width(tensors[a]) }) // wide types first keep all aligned
	for _, name := range names {
		t := tensors[name]
		kind := map[int]string{4: "F32", 8: "I64"}[width(t)]
		if kind == "" {
			return fmt.Errorf("%s: array %q is %s; accepted: float32 and int64", path, name, t.Type())
		}
		start := end
		end += width(t) * t.Len()
		header[name] = entry{kind, append([]int{}, t.Shape...), [2]int{start, end}}
	}
	text, err := json.Marshal(header)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if over := len(text) % alignment; over > 0 {
		text = append(text, bytes.Repeat([]byte(" "), alignment-over)...)
	}
	return durable.Replace(path, 0o666, func(w io.Writer) error {
		if err := binary.Write(w, binary.LittleEndian, uint64(len(text))); err != nil {
			return err
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
		for _, name := range names {
			if err := binary.Write(w, binary.LittleEndian, tensors[name].Data); err != nil {
				return err
			}
		}
		return nil
	})
}

// width is the number of bytes of an element, 0 of a type that is not written.
func width(a array.Array) int {
	switch a.Data.(type) {
	case []float32:
		return 4
	case []int64:
		return 8
	}
	return 0
}
