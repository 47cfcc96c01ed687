package array

import (
	"fmt"
	"math"
	"strings"
)

// Element is a value type that arrays can hold.
type Element interface {
	bool | int8 | int16 | int32 | int64 | int | uint8 | uint16 | uint32 | uint64 | float32 | float64 | string
}

// Array is an n-dimensional array, row-major. A scalar has an empty shape and one value.
type Array struct {
	Shape []int
	Data  any // []T with T an Element other than int, which is kept as int64
}

// New makes an array of the given shape from data without copying it. Without a shape the array has one dimension.
// It panics if the shape does not match the number of values.
func New[T Element](data []T, shape ...int) Array {
	if len(shape) == 0 {
		shape = []int{len(data)}
	}
	a := Array{Shape: shape, Data: data}
	if ints, ok := any(data).([]int); ok {
		a.Data = convert[int, int64](ints)
	}
	if size(shape) != len(data) {
		panic(fmt.Sprintf("array: shape %s for %d values", FormatShape(shape), len(data)))
	}
	return a
}

// Scalar makes an array without dimensions.
func Scalar[T Element](value T) Array {
	a := New([]T{value})
	a.Shape = nil
	return a
}

// Len returns the number of values.
func (a Array) Len() int { return size(a.Shape) }

// Type returns NumPy's name of the stored type, such as float32.
func (a Array) Type() string {
	name := strings.TrimPrefix(fmt.Sprintf("%T", a.Data), "[]")
	if name == "string" {
		return "str"
	}
	return name
}

// Float32s returns the values as float32, rounded to nearest; true counts as 1. A float32 array is returned without a copy.
// Text is an error.
func (a Array) Float32s() ([]float32, error) { return numbers[float32](a) }

// Float64s returns the values as float64; true counts as 1. A float64 array is returned without a copy. Text is an error.
func (a Array) Float64s() ([]float64, error) { return numbers[float64](a) }

// Ints returns the values as int. Text and values that are fractional, not finite, or too large for an int are errors.
func (a Array) Ints() ([]int, error) {
	switch data := a.Data.(type) {
	case []float32, []float64:
		values, err := a.Float64s()
		if err != nil {
			return nil, err
		}
		for i, v := range values {
			if v != math.Trunc(v) || math.Abs(v) >= 1<<63 {
				return nil, fmt.Errorf("value %v at position %d, want whole numbers", v, i)
			}
		}
	case []uint64:
		for i, v := range data {
			if v > math.MaxInt {
				return nil, fmt.Errorf("value %v at position %d is too large", v, i)
			}
		}
	}
	return numbers[int](a)
}

// Strings returns the values of a text array; numbers are formatted in their shortest form.
func (a Array) Strings() []string {
	if text, ok := a.Data.([]string); ok {
		return text
	}
	fields := strings.Trim(fmt.Sprint(a.Data), "[]")
	return strings.Fields(fields)
}

type number interface {
	int8 | int16 | int32 | int64 | int | uint8 | uint16 | uint32 | uint64 | float32 | float64
}

func numbers[T float32 | float64 | int](a Array) ([]T, error) {
	switch data := a.Data.(type) {
	case []T:
		return data, nil
	case []float32:
		return convert[float32, T](data), nil
	case []float64:
		return convert[float64, T](data), nil
	case []int8:
		return convert[int8, T](data), nil
	case []int16:
		return convert[int16, T](data), nil
	case []int32:
		return convert[int32, T](data), nil
	case []int64:
		return convert[int64, T](data), nil
	case []uint8:
		return convert[uint8, T](data), nil
	case []uint16:
		return convert[uint16, T](data), nil
	case []uint32:
		return convert[uint32, T](data), nil
	case []uint64:
		return convert[uint64, T](data), nil
	case []bool:
		out := make([]T, len(data))
		for i, v := range data {
			if v {
				out[i] = 1
			}
		}
		return out, nil
	}
	return nil, fmt.Errorf("dtype %s, want numbers", a.Type())
}

func convert[From, To number](data []From) []To {
	out := make([]To, len(data))
	for i, v := range data {
		out[i] = To(v)
	}
	return out
}

func size(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

// FormatShape writes a shape as [2, 3, 4].
func FormatShape(shape []int) string {
	return strings.ReplaceAll(fmt.Sprint(shape), " ", ", ")
}
