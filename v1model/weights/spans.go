package weights

import (
	"fmt"
	"maps"
	"slices"

	"v1lab/datasets/array"
)

// Span is a variable with an axis along the neurons.
type Span struct {
	Name string
	Axis int
}

// Spans finds the variables that have an axis of neurons, given the specs of a model for all neurons and of the same model for fewer.
func Spans(all, few []Spec, neurons, fewer int) (found []Span, err error) {
	for i, s := range all {
		if slices.Equal(s.Shape, few[i].Shape) {
			continue
		}
		axis := -1
		for a, n := range s.Shape {
			if n != few[i].Shape[a] {
				if axis >= 0 || n != neurons || few[i].Shape[a] != fewer {
					return nil, fmt.Errorf("several sessions: variable %s is %v for %d neurons and %v for %d; accepted: readouts whose variables have at most one axis of neurons", s.Name, s.Shape, neurons, few[i].Shape, fewer)
				}
				axis = a
			}
		}
		found = append(found, Span{s.Name, axis})
	}
	return found, nil
}

// OfNeurons returns values in which the variables of spans have n neurons from the first; all others are shared with v.
func (v Values) OfNeurons(spans []Span, first, n int) Values {
	neurons := make([]int, n)
	for i := range neurons {
		neurons[i] = first + i
	}
	return v.Pick(spans, neurons)
}

// Pick returns values in which the variables of spans have the given neurons, in this order; all others are shared with v.
func (v Values) Pick(spans []Span, neurons []int) Values {
	some := maps.Clone(v)
	for _, s := range spans {
		shape := slices.Clone(v[s.Name].Shape)
		all, after := shape[s.Axis], 1
		for _, d := range shape[s.Axis+1:] {
			after *= d
		}
		shape[s.Axis] = len(neurons)
		from, values := v.Float32(s.Name), []float32(nil)
		for start := 0; start < len(from); start += all * after {
			for _, n := range neurons {
				values = append(values, from[start+n*after:start+(n+1)*after]...)
			}
		}
		some[s.Name] = array.Array{Shape: shape, Data: values}
	}
	return some
}
