package elements_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"v1lab/datasets/array"
	"v1lab/datasets/internal/elements"
)

func ExamplePermute() {
	a := array.New([]int32{1, 2, 3, 4, 5, 6}, 2, 3)
	fmt.Println(elements.Permute(a, []int{1, 0}).Data)
	// Output: [1 4 2 5 3 6]
}

// Every value is where the index says, of any width, shape and order.
func TestPermute(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SliceOfN(rapid.IntRange(1, 40), 0, 4).Draw(t, "shape")
		order := rapid.Permutation(elements.Reversed(len(shape))).Draw(t, "order")
		n := 1
		for _, d := range shape {
			n *= d
		}
		if n > 5_000 {
			t.Skip("large")
		}
		ints := make([]int32, n)
		for i := range ints {
			ints[i] = int32(i)
		}
		source := array.New(ints, shape...)
		if len(shape) == 0 {
			source = array.Scalar(ints[0])
		}
		got := elements.Permute(source, order)
		values := got.Data.([]int32)
		index := make([]int, len(shape))
		for to := range n {
			rest := to
			for i := len(order) - 1; i >= 0; i-- {
				if got.Shape[i] != shape[order[i]] {
					t.Fatalf("shape %v of %v by %v", got.Shape, shape, order)
				}
				index[order[i]] = rest % got.Shape[i]
				rest /= got.Shape[i]
			}
			from := 0
			for i, at := range index {
				from = from*shape[i] + at
			}
			if values[to] != int32(from) {
				t.Fatalf("value %d is %d, want %d", to, values[to], from)
			}
		}
		for _, other := range []array.Array{convert[uint8](ints, shape), convert[int16](ints, shape), convert[float64](ints, shape), words(ints, shape)} {
			words := other.Strings()
			for i, w := range elements.Permute(other, order).Strings() {
				if w != words[values[i]] {
					t.Fatalf("%s: value %d differs", other.Type(), i)
				}
			}
		}
	})
}

func convert[T uint8 | int16 | float64](values []int32, shape []int) array.Array {
	out := make([]T, len(values))
	for i, v := range values {
		out[i] = T(v)
	}
	return array.Array{Shape: shape, Data: out}
}

func words(values []int32, shape []int) array.Array {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = fmt.Sprint(v)
	}
	return array.Array{Shape: shape, Data: out}
}

// A block so large that several workers copy it.
func TestPermuteLarge(t *testing.T) {
	values := make([]float32, 300*40*50)
	for i := range values {
		values[i] = float32(i)
	}
	a := array.New(values, 300, 40, 50)
	there := elements.Permute(a, []int{2, 1, 0})
	if slices.Equal(there.Data.([]float32), values) || there.Data.([]float32)[1] != 40*50 {
		t.Error("not moved")
	}
	if back := elements.Permute(there, []int{2, 1, 0}); !slices.Equal(back.Data.([]float32), values) {
		t.Error("not moved back")
	}
}
