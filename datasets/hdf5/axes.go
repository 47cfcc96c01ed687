package hdf5

import (
	"runtime"
	"slices"
	"sync"

	"v1lab/datasets/array"
)

// permute makes axis order[i] of a axis i of a new array. Where the order of values stays the same the values are shared.
func permute(a array.Array, order []int) array.Array {
	shape := make([]int, len(order))
	var long []int // axes of more than one value, which alone decide the order of values
	for i, axis := range order {
		if shape[i] = a.Shape[axis]; shape[i] != 1 {
			long = append(long, axis)
		}
	}
	out := array.Array{Shape: shape, Data: a.Data}
	if slices.IsSorted(long) || a.Len() == 0 {
		return out
	}
	switch data := a.Data.(type) {
	case []bool:
		out.Data = move(data, a.Shape, order)
	case []int8:
		out.Data = move(data, a.Shape, order)
	case []int16:
		out.Data = move(data, a.Shape, order)
	case []int32:
		out.Data = move(data, a.Shape, order)
	case []int64:
		out.Data = move(data, a.Shape, order)
	case []uint8:
		out.Data = move(data, a.Shape, order)
	case []uint16:
		out.Data = move(data, a.Shape, order)
	case []uint32:
		out.Data = move(data, a.Shape, order)
	case []uint64:
		out.Data = move(data, a.Shape, order)
	case []float32:
		out.Data = move(data, a.Shape, order)
	case []float64:
		out.Data = move(data, a.Shape, order)
	case []string:
		out.Data = move(data, a.Shape, order)
	}
	return out
}

// axis is an axis of the new array: its length and how far apart its values are in the old one and in the new.
type axis struct{ n, from, to int }

// move copies values into their new places, in tiles over the axes along which the old and the new array are contiguous: a step along one of
// them is far in the other, and a tile's lines stay in the processor's cache.
func move[T any](data []T, shape, order []int) []T {
	from := make([]int, len(shape))
	step := 1
	for i := len(shape) - 1; i >= 0; i-- {
		from[i] = step
		step *= shape[i]
	}
	var outer []axis
	var old, last axis // the axes with steps of 1 in the old array and in the new one
	step = 1
	for i := len(order) - 1; i >= 0; i-- {
		a := axis{shape[order[i]], from[order[i]], step}
		step *= a.n
		switch {
		case i == len(order)-1:
			last = a
		case order[i] == len(shape)-1:
			old = a
		default:
			outer = append(outer, a)
		}
	}
	if old.n == 0 { // the last axis stays the last
		old = axis{n: 1}
	}
	out := make([]T, len(data))
	slices.Reverse(outer)
	eachTile(outer, 0, 0, func(f, t int) { tile(out[t:], data[f:], old, last) })
	return out
}

// eachTile visits the positions of the outer axes.
func eachTile(outer []axis, from, to int, visit func(from, to int)) {
	if len(outer) == 0 {
		visit(from, to)
		return
	}
	for range outer[0].n {
		eachTile(outer[1:], from, to, visit)
		from += outer[0].from
		to += outer[0].to
	}
}

// tile exchanges two axes, the second of which is contiguous in the new array, in strips that several workers share.
func tile[T any](out, data []T, a, b axis) {
	const side = 32
	var group sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), max(1, a.n/side), max(1, a.n*b.n>>14))
	for w := range workers {
		group.Go(func() {
			for i0 := w * side; i0 < a.n; i0 += workers * side {
				for j0 := 0; j0 < b.n; j0 += side {
					for i := i0; i < min(i0+side, a.n); i++ {
						line := out[i*a.to+j0 : i*a.to+min(j0+side, b.n)]
						at := i*a.from + j0*b.from
						for j := range line {
							line[j] = data[at]
							at += b.from
						}
					}
				}
			}
		})
	}
	group.Wait()
}
