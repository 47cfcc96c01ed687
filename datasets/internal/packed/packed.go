package packed

import (
	"math"
	"slices"

	"v1lab/datasets/array"
)

// Packing holds the attributes of an array. The zero value changes nothing.
type Packing struct {
	Scale, Offset float64   // a Scale of 0 counts as 1
	Missing       []float64 // stored values that mark missing ones
}

// Unpack applies a packing. The result is float32 if the stored type is float32 or has at most 16 bits, otherwise float64. If there is nothing
// to do, as for text, Unpack returns the array itself.
func (p Packing) Unpack(a array.Array) array.Array {
	if p.Scale == 0 {
		p.Scale = 1
	}
	p.Missing = slices.DeleteFunc(slices.Clone(p.Missing), math.IsNaN) // a stored NaN is missing already
	if p.Scale == 1 && p.Offset == 0 && len(p.Missing) == 0 {
		return a
	}
	switch a.Type() {
	case "str", "bool":
		return a
	case "float32", "int8", "uint8", "int16", "uint16":
		values, err := a.Float32s()
		if err != nil {
			return a
		}
		return array.Array{Shape: a.Shape, Data: unpack(values, p)}
	}
	values, err := a.Float64s()
	if err != nil {
		return a
	}
	return array.Array{Shape: a.Shape, Data: unpack(values, p)}
}

// unpack works in place.
func unpack[T float32 | float64](values []T, p Packing) []T {
	missing := make([]T, len(p.Missing)) // rounded to the type of the values
	for i, m := range p.Missing {
		missing[i] = T(m)
	}
	for i, v := range values {
		if slices.Contains(missing, v) {
			values[i] = T(math.NaN())
		} else {
			values[i] = T(float64(v)*p.Scale + p.Offset)
		}
	}
	return values
}
