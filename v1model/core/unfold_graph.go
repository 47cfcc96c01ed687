package core

import (
	"slices"

	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/ops"
)

// unfold is the cross-correlation of x [height, width, in, batch] with filters [size, size, in, out]: [height', width', out, batch]. The values that the taps
// of a filter see from a place become a matrix [size*size*in, batch], so that the convolution is one matrix product for each place. The gradient by these
// matrices is folded back to x.
func (l *layer) unfold(x, filters *Node) *Node {
	height, width, batch := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(3)
	seen := ops.WithGradientOf(x, l.patches, func(v *Node) *Node { return l.fold(v, height, width) })
	filters = Transpose(Reshape(filters, l.size*l.size*l.in, l.channels()), 0, 1)
	return Reshape(ops.MatMulAll(filters, seen), l.height, l.width, l.channels(), batch)
}

// patches selects from x [height, width, in, batch] what the taps of a filter see from each place: [height'*width', size*size*in, batch].
func (l *layer) patches(x *Node) *Node {
	height, width, batch := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(3)
	zero := int32(height * width * l.in) // a row of zeros, of pixels beyond the edge
	var rows []int32
	for _, y := range positions(l.height, -l.padding[0][0], l.stride) {
		for _, x := range positions(l.width, -l.padding[1][0], l.stride) {
			for tap := range l.size * l.size {
				y, x := y+tap/l.size*l.dilation, x+tap%l.size*l.dilation
				inside := y >= 0 && y < height && x >= 0 && x < width
				for c := range l.in {
					row := zero
					if inside {
						row = int32((y*width+x)*l.in + c)
					}
					rows = append(rows, row)
				}
			}
		}
	}
	pixels := Reshape(x, height*width*l.in, batch)
	if slices.Contains(rows, zero) {
		pixels = padded(pixels, 0, [2]int{0, 1})
	}
	seen := Gather(pixels, Reshape(Const(x.Graph(), rows), len(rows), 1))
	return Reshape(seen, l.height*l.width, l.size*l.size*l.in, batch)
}

// fold sums values [height'*width', size*size*in, batch] of all taps that see a pixel: [height, width, in, batch]. Along the height it is a matrix product with
// zeros and ones, so that the sum is computed before anything reads it in another order.
func (l *layer) fold(values *Node, height, width int) *Node {
	batch := values.Shape().Dim(2)
	values = Reshape(values, l.height, l.width, l.size, l.size, l.in*batch)
	padding, whole := l.padding[1], width+l.padding[1][0]+l.padding[1][1]
	var rows *Node // [height', padded width, size, in*batch]
	for i := range l.size {
		before, span := i*l.dilation, (l.width-1)*l.stride+1
		shifted := Pad(Squeeze(SliceAxis(values, 3, AxisElem(i)), 3), ScalarZero(values.Graph(), values.DType()), PadAxis{},
			PadAxis{Start: before, End: whole - before - span, Interior: l.stride - 1}, PadAxis{}, PadAxis{})
		if rows == nil {
			rows = shifted
			continue
		}
		rows = Add(rows, shifted)
	}
	rows = SliceAxis(rows, 1, AxisRange(padding[0], padding[0]+width))
	rows = Reshape(TransposeAllAxes(rows, 0, 2, 1, 3), l.height*l.size, width*l.in*batch)
	seen := make([]float64, height*l.height*l.size)
	for i := range l.size {
		for at, y := range positions(l.height, i*l.dilation-l.padding[0][0], l.stride) {
			if y >= 0 && y < height {
				seen[(y*l.height+at)*l.size+i] = 1
			}
		}
	}
	return Reshape(ops.TableMatMul(seen, height, rows), height, width, l.in, batch)
}

// padded adds zeros before and after x along an axis.
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
