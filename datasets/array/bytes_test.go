package array_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets/array"
)

func encoded(t *testing.T, a array.Array) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := array.Encode(&b, a); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Values land in the memory given, whatever the type; what does not fit is returned in memory of its own.
func TestDecodeFloat32s(t *testing.T) {
	for _, a := range []array.Array{array.New([]float32{1, 2, 3, 4}, 2, 2), array.New([]float64{1, 2, 3, 4}, 2, 2), array.New([]uint8{1, 2, 3, 4}, 2, 2)} {
		room := make([]float32, 6)
		shape, values, err := array.DecodeFloat32s(encoded(t, a), room[:0:5])
		if err != nil || !slices.Equal(shape, []int{2, 2}) || !slices.Equal(values, []float32{1, 2, 3, 4}) || &values[0] != &room[0] {
			t.Errorf("%s: %v %v %v", a.Type(), shape, values, err)
		}
		_, values, err = array.DecodeFloat32s(encoded(t, a), room[4:4:5])
		if err != nil || !slices.Equal(values, []float32{1, 2, 3, 4}) || !slices.Equal(room, []float32{1, 2, 3, 4, 0, 0}) {
			t.Errorf("%s: %v in a room for one, %v %v", a.Type(), values, room, err)
		}
	}
	if _, _, err := array.DecodeFloat32s(encoded(t, array.New([]string{"a"})), nil); err == nil || !strings.Contains(err.Error(), "dtype str, want numbers") {
		t.Errorf("got %v", err)
	}
}

// Headers that promise more than the file can hold are refused before memory is set aside.
func TestDecodeAbsurdHeaders(t *testing.T) {
	long := encoded(t, array.New([]float32{1}))
	long[6] = 2
	copy(long[8:], "\xff\xff\xff\xff")
	texts := bytes.Replace(encoded(t, array.New([]string{""})), []byte("<U1', 'fortran_order': False, 'shape': (1,), }     "), []byte("<U0', 'fortran_order': False, 'shape': (999999,), }"), 1)
	for want, content := range map[string][]byte{
		"not a .npy file: the header is longer than the file": long,
		"impossible shape [999999] of <U0":                    texts,
		"not a .npy file":                                     nil,
	} {
		if _, err := array.Decode(content); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if _, _, err := array.DecodeFloat32s(content, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
