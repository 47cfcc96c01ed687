package search

import (
	"fmt"
	"math"
	"slices"
)

// at returns the value at a place of the unit interval [0, 1): equal lengths have equal probabilities.
func (r Range) at(u float64) Value {
	switch r.Form {
	case Log:
		return min(max(math.Exp(math.Log(r.Low)+u*(math.Log(r.High)-math.Log(r.Low))), r.Low), r.High)
	case Integer:
		return int(min(r.Low+math.Floor(u*(r.High-r.Low+1)), r.High))
	case Choice:
		return r.Choices[min(int(u*float64(len(r.Choices))), len(r.Choices)-1)]
	}
	return min(r.Low+u*(r.High-r.Low), r.High)
}

// coordinate returns the place of a value where the estimator's kernels lie: its logarithm, the number itself, or the index of a choice. Values may be as
// JSON has them, with whole numbers as float64.
func (r Range) coordinate(v Value) (float64, error) {
	if r.Form == Choice {
		text := Format(v)
		i := slices.IndexFunc(r.Choices, func(c Value) bool { return Format(c) == text })
		if i < 0 {
			return 0, fmt.Errorf("%s: %s is not in %s", r.Key, text, r)
		}
		return float64(i), nil
	}
	var x float64
	switch v := v.(type) {
	case float64:
		x = v
	case int:
		x = float64(v)
	default:
		return 0, fmt.Errorf("%s: %v (%T); accepted: a number of %s", r.Key, v, v, r)
	}
	if !(x >= r.Low && x <= r.High) || r.Form == Integer && x != math.Trunc(x) {
		return 0, fmt.Errorf("%s: %s is not in %s", r.Key, Format(x), r)
	}
	if r.Form == Log {
		return math.Log(x), nil
	}
	return x, nil
}

// value is the inverse of coordinate.
func (r Range) value(x float64) Value {
	switch r.Form {
	case Log:
		return min(max(math.Exp(x), r.Low), r.High)
	case Integer:
		return int(min(max(math.RoundToEven(x), r.Low), r.High))
	case Choice:
		return r.Choices[int(x)]
	}
	return min(max(x, r.Low), r.High)
}
