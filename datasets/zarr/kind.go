package zarr

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Encodings of text.
const (
	textBytes    = "S"         // of fixed length, padded with zeros
	textUTF32    = "U"         // likewise, four bytes per character
	textVariable = "vlen-utf8" // the length and then the text
	textObjects  = "O"         // Python objects, which are text if there is a text filter
)

// kind is the type of an array's values.
type kind struct {
	name  string // that of package array
	width int    // bytes of a value in the file, 0 if that varies
	big   bool   // numbers are big-endian
	half  bool   // 16 bits that become float32
	text  string // how text is stored, empty for numbers
}

// memory returns the bytes per value in the block that chunks are copied to. For text the block holds indices.
func (k kind) memory() int {
	switch {
	case k.text != "", k.half:
		return 4
	}
	return k.width
}

var numbers = map[string]kind{
	"b1": {name: "bool", width: 1}, "i1": {name: "int8", width: 1}, "i2": {name: "int16", width: 2}, "i4": {name: "int32", width: 4},
	"i8": {name: "int64", width: 8}, "u1": {name: "uint8", width: 1}, "u2": {name: "uint16", width: 2}, "u4": {name: "uint32", width: 4},
	"u8": {name: "uint64", width: 8}, "f2": {name: "float32", width: 2, half: true}, "f4": {name: "float32", width: 4}, "f8": {name: "float64", width: 8},
}

// maxText is the largest length of fixed-length text, in bytes.
const maxText = 1 << 20

// kindOfV2 parses a NumPy type string such as <f4.
func kindOfV2(raw json.RawMessage) (kind, error) {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return kind{}, fmt.Errorf("dtype %s, accepted are numbers, booleans and text", short(string(raw)))
	}
	if len(text) >= 2 && strings.ContainsRune("<>|", rune(text[0])) {
		if k, ok := numbers[text[1:]]; ok {
			k.big = text[0] == '>'
			return k, nil
		}
		n, err := strconv.Atoi(text[2:])
		switch {
		case text == "|O":
			return kind{name: "str", text: textObjects}, nil
		case err != nil || n < 1 || n > maxText/4:
		case text[1] == 'S':
			return kind{name: "str", width: n, text: textBytes}, nil
		case text[1] == 'U':
			return kind{name: "str", width: 4 * n, text: textUTF32, big: text[0] == '>'}, nil
		}
	}
	return kind{}, fmt.Errorf("dtype %s, accepted are numbers, booleans and text", short(text))
}

// kindOfV3 parses a data type of version 3; length is the length of a text in bytes.
func kindOfV3(name string, length int) (kind, error) {
	fixed := length >= 1 && length <= maxText
	switch name {
	case "float16":
		return numbers["f2"], nil
	case "string":
		return kind{name: "str", text: textVariable}, nil
	case "fixed_length_utf32":
		if fixed && length%4 == 0 {
			return kind{name: "str", width: length, text: textUTF32}, nil
		}
	case "null_terminated_bytes":
		if fixed {
			return kind{name: "str", width: length, text: textBytes}, nil
		}
	}
	for _, k := range numbers {
		if k.name == name && !k.half {
			return k, nil
		}
	}
	return kind{}, fmt.Errorf("data_type %s, accepted are numbers, booleans and text", short(name))
}
