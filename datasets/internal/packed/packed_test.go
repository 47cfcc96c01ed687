package packed_test

import (
	"fmt"
	"math"
	"testing"

	"v1lab/datasets/array"
	"v1lab/datasets/internal/packed"
)

func Example() {
	stored := array.New([]int16{-32768, 0, 500})
	values, _ := packed.Packing{Scale: 0.001, Offset: 2, Missing: []float64{-32768}}.Unpack(stored)
	fmt.Println(values.Data)
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
		a, _ := c.packing.Unpack(c.stored)
		if got := fmt.Sprint(a.Type(), " ", a.Data); got != c.want {
			t.Errorf("%+v of %v: %s, want %s", c.packing, c.stored, got, c.want)
		}
	}
}

// Attributes as xarray and netCDF write them, and what they make of stored values.
func TestRead(t *testing.T) {
	type attributes map[string]array.Array
	one := func(v float64) array.Array { return array.New([]float64{v}) }
	for name, c := range map[string]struct {
		attributes attributes
		stored     array.Array
		want       string
		invalid    int
	}{
		"none":              {nil, array.New([]int16{1}), "int16 [1]", 0},
		"scale alone":       {attributes{"scale_factor": array.Scalar(0.5)}, array.New([]int16{3}), "float32 [1.5]", 0},
		"whole numbers":     {attributes{"add_offset": array.New([]int32{10})}, array.New([]uint16{3}), "float32 [13]", 0},
		"several missing":   {attributes{"missing_value": array.New([]int16{-1, -2}), "_FillValue": array.New([]int16{-3})}, array.New([]int16{-3, -2, -1, 0}), "float32 [NaN NaN NaN 0]", 0},
		"fill is NaN":       {attributes{"_FillValue": one(math.NaN())}, array.New([]float32{1}), "float32 [1]", 0},
		"valid range":       {attributes{"valid_range": array.New([]int16{0, 9}), "scale_factor": one(2)}, array.New([]int16{-1, 0, 9, 10}), "float32 [NaN 0 18 NaN]", 2},
		"valid minimum":     {attributes{"valid_min": one(0)}, array.New([]float64{-9999, 3}), "float64 [NaN 3]", 1},
		"valid maximum":     {attributes{"valid_max": one(100)}, array.New([]float32{1e20, 3}), "float32 [NaN 3]", 1},
		"unsigned":          {attributes{"_Unsigned": array.Scalar("true")}, array.New([]int8{-1, 1}), "uint8 [255 1]", 0},
		"unsigned, missing": {attributes{"_Unsigned": array.Scalar("true"), "_FillValue": array.New([]int8{-1})}, array.New([]int8{-1, -2}), "float32 [NaN 254]", 0},
		"unsigned, 16 bits": {attributes{"_Unsigned": array.Scalar("true"), "scale_factor": one(2)}, array.New([]int16{-1}), "float32 [131070]", 0},
		"signed":            {attributes{"_Unsigned": array.Scalar("false"), "_FillValue": array.New([]uint8{255})}, array.New([]uint8{254, 255}), "float32 [-2 NaN]", 0},
		"no scale":          {attributes{"scale_factor": one(0)}, array.New([]int16{1}), "attribute scale_factor is 0, want a number", 0},
		"scale not known":   {attributes{"scale_factor": one(math.NaN())}, array.New([]int16{1}), "attribute scale_factor is NaN, want a number", 0},
		"scale is text":     {attributes{"scale_factor": array.Scalar("2")}, array.New([]int16{1}), `attribute scale_factor is "2", want a number`, 0},
		"scales":            {attributes{"scale_factor": array.New([]float64{1, 2})}, array.New([]int16{1}), "attribute scale_factor is [1, 2], want a number", 0},
		"range turned":      {attributes{"valid_range": array.New([]float64{9, 0})}, array.New([]int16{1}), "attribute valid_range is [9, 0], want two numbers, the lower first", 0},
		"sign":              {attributes{"_Unsigned": array.Scalar("yes")}, array.New([]int16{1}), `attribute _Unsigned is "yes", want true or false`, 0},
	} {
		p, err := packed.Read(func(name string) (array.Array, bool, error) { a, ok := c.attributes[name]; return a, ok, nil })
		if err != nil {
			if err.Error() != c.want {
				t.Errorf("%s: %v, want %s", name, err, c.want)
			}
			continue
		}
		a, invalid := p.Unpack(c.stored)
		if got := fmt.Sprint(a.Type(), " ", a.Data); got != c.want || invalid != c.invalid {
			t.Errorf("%s: %s and %d invalid, want %s and %d", name, got, invalid, c.want, c.invalid)
		}
		if p.Trivial() != (name == "none" || name == "fill is NaN") {
			t.Errorf("%s: trivial is %v", name, p.Trivial())
		}
	}
}
