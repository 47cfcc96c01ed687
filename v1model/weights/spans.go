package weights

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"v1lab/datasets/array"
)

// Span is a variable with an axis along the neurons, or along sessions.
type Span struct {
	Name     string
	Axis     int
	Sessions bool // the axis is of sessions, and is the first
}

// ErrNoParts is the cause of an error of Spans: the model cannot be divided by neurons.
var ErrNoParts = errors.New("the model has no parts")

type noParts struct{ text string }

func (e noParts) Error() string { return e.text }

func (noParts) Is(target error) bool { return target == ErrNoParts }

// Spans finds the variables that have an axis of neurons or of sessions, given the specs of a model for all neurons and of the same model for fewer, or for fewer
// sessions.
func Spans(all, few []Spec, neurons, fewer int) (found []Span, err error) {
	if len(few) != len(all) {
		return nil, noParts{fmt.Sprintf("several sessions: %d variables for %d neurons and %d for %d; accepted: readouts whose variables have at most one axis of neurons", len(all), neurons, len(few), fewer)}
	}
	for i, s := range all {
		if s.Name != few[i].Name || len(s.Shape) != len(few[i].Shape) {
			return nil, noParts{fmt.Sprintf("several sessions: variable %s is %v for %d neurons, and %s %v for %d; accepted: readouts whose variables have at most one axis of neurons", s.Name, s.Shape, neurons, few[i].Name, few[i].Shape, fewer)}
		}
		if slices.Equal(s.Shape, few[i].Shape) {
			continue
		}
		if s.Sessions && slices.Equal(s.Shape[1:], few[i].Shape[1:]) {
			found = append(found, Span{Name: s.Name, Sessions: true})
			continue
		}
		axis := -1
		for a, n := range s.Shape {
			if n != few[i].Shape[a] {
				if axis >= 0 || n != neurons || few[i].Shape[a] != fewer {
					return nil, noParts{fmt.Sprintf("several sessions: variable %s is %v for %d neurons and %v for %d; accepted: readouts whose variables have at most one axis of neurons", s.Name, s.Shape, neurons, few[i].Shape, fewer)}
				}
				axis = a
			}
		}
		found = append(found, Span{Name: s.Name, Axis: axis})
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

// Pick returns values in which the variables of spans have the given neurons, in this order; all others are shared with v, those with an axis of sessions too.
func (v Values) Pick(spans []Span, neurons []int) Values {
	some := maps.Clone(v)
	for _, s := range spans {
		if s.Sessions {
			continue
		}
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

// OfSession returns values in which the variables of spans with an axis of sessions have session k alone, [1, ...]; all others are shared with v.
func (v Values) OfSession(spans []Span, k int) Values {
	one := maps.Clone(v)
	for _, s := range spans {
		if s.Sessions {
			a := v.session(s.Name, k)
			one[s.Name] = array.Array{Shape: append([]int{1}, a.Shape...), Data: a.Data}
		}
	}
	return one
}

// InSession returns values in which the variables whose specs have an axis of sessions are those of session k, without that axis; all others are shared with v.
func (v Values) InSession(specs []Spec, k int) Values {
	own := maps.Clone(v)
	for _, s := range specs {
		if s.Sessions {
			own[s.Name] = v.session(s.Name, k)
		}
	}
	return own
}

// session is row k of a variable.
func (v Values) session(name string, k int) array.Array {
	shape, values := v[name].Shape, v.Float32(name)
	size := len(values) / shape[0]
	return array.Array{Shape: slices.Clone(shape[1:]), Data: values[k*size : (k+1)*size]}
}
