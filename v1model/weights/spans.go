package weights

import (
	"fmt"
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
	some := make(Values, len(v))
	for name, a := range v {
		some[name] = a
	}
	for _, s := range spans {
		a := v[s.Name]
		shape := slices.Clone(a.Shape)
		all, after := shape[s.Axis], 1
		for _, d := range shape[s.Axis+1:] {
			after *= d
		}
		shape[s.Axis] = n
		from := v.Float32(s.Name)
		var values []float32
		for start := 0; start < len(from); start += all * after {
			values = append(values, from[start+first*after:start+(first+n)*after]...)
		}
		some[s.Name] = array.Array{Shape: shape, Data: values}
	}
	return some
}
