package elements

import "v1lab/datasets/array"

// Permute returns a with its axes permuted: axis i of the result is axis order[i] of a. If the order of values does not change, the result
// shares them.
func Permute(a array.Array, order []int) array.Array {
	shape := make([]int, len(order))
	last, moves := -1, false // axes of length 1 do not affect the order of values
	for i, axis := range order {
		if shape[i] = a.Shape[axis]; shape[i] != 1 {
			moves = moves || axis < last
			last = axis
		}
	}
	if !moves || a.Len() == 0 {
		return array.Array{Shape: shape, Data: a.Data}
	}
	if text, ok := a.Data.([]string); ok {
		return array.Array{Shape: shape, Data: permuteText(text, a.Shape, order)}
	}
	to, values, err := Make(a.Type(), a.Len())
	if err != nil {
		panic(err) // impossible: package array has no other types
	}
	width := len(to) / a.Len()
	Copy(to, Bytes(a.Data), Axes(shape, order, width), width)
	return array.Array{Shape: shape, Data: values}
}

// Axes returns the axes of an array of a shape whose values are stored with the axes in another order: order[i] is the stored position of axis
// i. width is the bytes per value.
func Axes(shape, order []int, width int) []Axis {
	axes := make([]Axis, len(shape))
	stored := make([]int, len(shape)) // axis at each stored position
	step := width
	for i := len(shape) - 1; i >= 0; i-- {
		axes[i] = Axis{Count: shape[i], To: step}
		step *= shape[i]
		stored[order[i]] = i
	}
	step = width
	for place := len(stored) - 1; place >= 0; place-- {
		axes[stored[place]].From = step
		step *= shape[stored[place]]
	}
	return axes
}

// Reversed returns the axis order of an array stored with its first axis fastest, as MATLAB, Julia and Fortran do.
func Reversed(rank int) []int {
	order := make([]int, rank)
	for i := range order {
		order[i] = rank - 1 - i
	}
	return order
}

func permuteText(text []string, shape, order []int) []string {
	from := make([]int, len(shape))
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		from[i] = step
		step *= shape[i]
	}
	out := make([]string, len(text))
	for to := range out {
		at, rest := 0, to
		for i := len(order) - 1; i >= 0; i-- {
			at += rest % shape[order[i]] * from[order[i]]
			rest /= shape[order[i]]
		}
		out[to] = text[at]
	}
	return out
}
