package core

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/product"
)

// unfold is the cross-correlation of x [height, width, batch, in] with filters [size, size, in, out]: [height', width', batch, out]. What each tap of a
// filter sees becomes a row of a matrix, [size*size*in, height'*width'*batch], so that the rest is one matrix product.
func (l *layer) unfold(x, filters *Node) *Node {
	batch := x.Shape().Dim(2)
	x = TransposeAllAxes(x, 3, 0, 1, 2)
	taps := l.size * l.size * l.in
	// The new first axis makes the height the third one after the width was.
	x = stack(padded(x, 2, l.padding[1]), 2, l.size, l.dilation, l.stride, l.width)
	x = stack(padded(x, 2, l.padding[0]), 2, l.size, l.dilation, l.stride, l.height)
	// x is [taps along the height, taps along the width, in, height', width', batch]
	y := product.MatMulTurned(Reshape(x, taps, l.height*l.width*batch), Reshape(filters, taps, l.channels()))
	return Reshape(y, l.height, l.width, batch, l.channels())
}

// padded puts zeros before and after x along an axis.
func padded(x *Node, axis int, padding [2]int) *Node {
	parts := []*Node{x}
	for i, n := range padding {
		if n == 0 {
			continue
		}
		shape := x.Shape().Clone()
		shape.Dimensions[axis] = n
		zeros := Zeros(x.Graph(), shape)
		if i == 0 {
			parts = append([]*Node{zeros}, parts...)
		} else {
			parts = append(parts, zeros)
		}
	}
	if len(parts) == 1 {
		return x
	}
	return Concatenate(parts, axis)
}

// stack lays what each tap of a filter sees along an axis one behind the other, along a new first axis.
func stack(x *Node, axis, taps, step, stride, length int) *Node {
	seen := make([]*Node, taps)
	for i := range seen {
		seen[i] = SliceAxis(x, axis, AxisRange(i*step, i*step+(length-1)*stride+1).Stride(stride))
	}
	return Stack(seen, 0)
}
