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
	Valid         []float64 // nil, or the lowest and the highest stored value that is not missing
	Sign          string    // true: signed integers are meant as unsigned ones of their width; false: the other way round
}

// Trivial reports whether a packing changes nothing.
func (p Packing) Trivial() bool {
	missing := slices.ContainsFunc(p.Missing, func(v float64) bool { return v == v }) // a stored NaN is missing already
	return (p.Scale == 0 || p.Scale == 1) && p.Offset == 0 && !missing && p.Valid == nil && p.Sign == ""
}

// Unpack applies a packing and counts the values that are missing because they are not valid. The result is float32 if the stored type is
// float32 or has at most 16 bits, otherwise float64. If there is nothing to do, as for text, Unpack returns the array itself.
func (p Packing) Unpack(a array.Array) (unpacked array.Array, invalid int) {
	if p.Trivial() {
		return a, 0
	}
	if p.Scale == 0 {
		p.Scale = 1
	}
	if a, p = p.signed(a); p.Sign != "" {
		if p.Sign = ""; p.Trivial() {
			return a, 0
		}
	}
	switch a.Type() {
	case "str", "bool":
		return a, 0
	case "float32", "int8", "uint8", "int16", "uint16":
		values, err := a.Float32s()
		if err != nil {
			return a, 0
		}
		invalid = unpack(values, p)
		return array.Array{Shape: a.Shape, Data: values}, invalid
	}
	values, err := a.Float64s()
	if err != nil {
		return a, 0
	}
	invalid = unpack(values, p)
	return array.Array{Shape: a.Shape, Data: values}, invalid
}

// unpack works in place.
func unpack[T float32 | float64](values []T, p Packing) (invalid int) {
	missing := make([]T, len(p.Missing)) // rounded to the type of the values
	for i, m := range p.Missing {
		missing[i] = T(m)
	}
	low, high := T(math.Inf(-1)), T(math.Inf(1))
	if p.Valid != nil {
		low, high = T(p.Valid[0]), T(p.Valid[1])
	}
	for i, v := range values {
		switch {
		case slices.Contains(missing, v):
			values[i] = T(math.NaN())
		case v < low || v > high:
			values[i] = T(math.NaN())
			invalid++
		default:
			values[i] = T(float64(v)*p.Scale + p.Offset)
		}
	}
	return invalid
}

// signed applies Sign to integers. The other attributes are stored with the array's sign, so they change with it.
func (p Packing) signed(a array.Array) (array.Array, Packing) {
	var bits int
	switch data := a.Data.(type) {
	case []int8:
		if p.Sign == "true" {
			a.Data, bits = reinterpret[int8, uint8](data), 8
		}
	case []int16:
		if p.Sign == "true" {
			a.Data, bits = reinterpret[int16, uint16](data), 16
		}
	case []int32:
		if p.Sign == "true" {
			a.Data, bits = reinterpret[int32, uint32](data), 32
		}
	case []uint8:
		if p.Sign == "false" {
			a.Data, bits = reinterpret[uint8, int8](data), 8
		}
	case []uint16:
		if p.Sign == "false" {
			a.Data, bits = reinterpret[uint16, int16](data), 16
		}
	case []uint32:
		if p.Sign == "false" {
			a.Data, bits = reinterpret[uint32, int32](data), 32
		}
	}
	if bits == 0 {
		return a, p
	}
	around := func(values []float64) []float64 {
		all := slices.Clone(values)
		whole := math.Ldexp(1, bits)
		for i, v := range all {
			switch {
			case p.Sign == "true" && v < 0 && v >= -whole/2:
				all[i] += whole
			case p.Sign == "false" && v >= whole/2 && v < whole:
				all[i] -= whole
			}
		}
		return all
	}
	p.Missing, p.Valid = around(p.Missing), around(p.Valid)
	return a, p
}

func reinterpret[From, To int8 | int16 | int32 | uint8 | uint16 | uint32](values []From) []To {
	out := make([]To, len(values))
	for i, v := range values {
		out[i] = To(v)
	}
	return out
}
