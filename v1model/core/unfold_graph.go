package core

import (
	"slices"

	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/ops"
)

// unfold is the cross-correlation of x [height, width, batch, in] with filters [size, size, in, out]: [height', width', batch, out]. The values that each tap
// of a filter sees become a row of a matrix [size*size*in, height'*width'*batch], so that the convolution is one matrix product. The gradient by that
// matrix is folded back to x.
func (l *layer) unfold(x, filters *Node) *Node {
	height, width, batch := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2)
	taps := l.size * l.size * l.in
	filters = Reshape(filters, taps, l.channels())
	var seen *Node // [taps along the height, taps along the width, in, height', width', batch]
	y := ops.WithGradient([]*Node{x, filters},
		func(in []*Node) *Node {
			seen = l.taps(in[0])
			return DotGeneral(seen, []int{0}, nil, in[1], []int{0}, nil)
		},
		func(v *Node) []*Node {
			byTaps := DotGeneral(filters, []int{1}, nil, v, []int{1}, nil)
			return []*Node{l.fold(byTaps, height, width, batch), DotGeneral(seen, []int{1}, nil, v, []int{0}, nil)}
		})
	return Reshape(y, l.height, l.width, batch, l.channels())
}

// taps selects from x [height, width, batch, in] what each tap of a filter sees: [size*size*in, height'*width'*batch].
func (l *layer) taps(x *Node) *Node {
	height, width, batch := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2)
	zero := int32(height * width * l.in) // a row of zeros, of pixels beyond the edge
	var rows []int32
	for dy := range l.size {
		for dx := range l.size {
			for c := range l.in {
				for _, y := range positions(l.height, dy*l.dilation-l.padding[0][0], l.stride) {
					for _, x := range positions(l.width, dx*l.dilation-l.padding[1][0], l.stride) {
						row := zero
						if y >= 0 && y < height && x >= 0 && x < width {
							row = int32((y*width+x)*l.in + c)
						}
						rows = append(rows, row)
					}
				}
			}
		}
	}
	pixels := Reshape(TransposeAllAxes(x, 0, 1, 3, 2), height*width*l.in, batch)
	if slices.Contains(rows, zero) {
		pixels = padded(pixels, 0, [2]int{0, 1})
	}
	seen := Gather(pixels, Reshape(Const(x.Graph(), rows), len(rows), 1))
	return Reshape(seen, l.size*l.size*l.in, l.height*l.width*batch)
}

// fold sums values [size*size*in, height'*width'*batch] of all taps that see a pixel: [height, width, batch, in]. Along the height it is a matrix product with
// zeros and ones, so that the sum is computed before anything reads it in another order.
func (l *layer) fold(values *Node, height, width, batch int) *Node {
	values = Reshape(values, l.size, l.size, l.in, l.height, l.width, batch)
	padding, whole := l.padding[1], width+l.padding[1][0]+l.padding[1][1]
	var rows *Node // [size, in, height', padded width, batch]
	for i := range l.size {
		before, span := i*l.dilation, (l.width-1)*l.stride+1
		shifted := Pad(Squeeze(SliceAxis(values, 1, AxisElem(i)), 1), ScalarZero(values.Graph(), values.DType()), PadAxis{}, PadAxis{}, PadAxis{},
			PadAxis{Start: before, End: whole - before - span, Interior: l.stride - 1}, PadAxis{})
		if rows == nil {
			rows = shifted
			continue
		}
		rows = Add(rows, shifted)
	}
	rows = SliceAxis(rows, 3, AxisRange(padding[0], padding[0]+width))
	rows = Reshape(TransposeAllAxes(rows, 1, 0, 2, 3, 4), l.in, l.size*l.height, width*batch)
	seen := make([]float64, height*l.size*l.height)
	for i := range l.size {
		for at, y := range positions(l.height, i*l.dilation-l.padding[0][0], l.stride) {
			if y >= 0 && y < height {
				seen[(y*l.size+i)*l.height+at] = 1
			}
		}
	}
	return TransposeAllAxes(Reshape(ops.TableMatMulEach(seen, height, rows), l.in, height, width, batch), 1, 2, 3, 0)
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
