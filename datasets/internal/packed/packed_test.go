package packed_test

import (
	"fmt"
	"testing"

	"v1lab/datasets/array"
	"v1lab/datasets/internal/packed"
)

func Example() {
	stored := array.New([]int16{-32768, 0, 500})
	fmt.Println(packed.Packing{Scale: 0.001, Offset: 2, Missing: []float64{-32768}}.Unpack(stored).Data)
	// Output: [NaN 2 2.5]
}

func TestUnpack(t *testing.T) {
	for _, c := range []struct {
		packing packed.Packing
		stored  array.Array
		want    string
	}{
		{packed.Packing{}, array.New([]int16{1}), "int16 [1]"},
		{packed.Packing{Scale: 1}, array.New([]int16{1}), "int16 [1]"},
		{packed.Packing{Scale: 2}, array.New([]uint8{255}), "float32 [510]"},
		{packed.Packing{Offset: -1}, array.New([]int32{1 << 30}), "float64 [1.073741823e+09]"},
		{packed.Packing{Missing: []float64{-9999}}, array.New([]float32{-9999, 1}), "float32 [NaN 1]"},
		{packed.Packing{Missing: []float64{1e20}}, array.New([]float32{1e20, 1}), "float32 [NaN 1]"},
		{packed.Packing{Scale: 2}, array.New([]string{"a"}), "str [a]"},
		{packed.Packing{Scale: 2}, array.New([]bool{true}), "bool [true]"},
	} {
		a := c.packing.Unpack(c.stored)
		if got := fmt.Sprint(a.Type(), " ", a.Data); got != c.want {
			t.Errorf("%+v of %v: %s, want %s", c.packing, c.stored, got, c.want)
		}
	}
}
