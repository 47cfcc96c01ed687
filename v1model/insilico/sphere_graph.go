package insilico

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// both is left x right for every plane of x [batch, channels, height, width]; left [height, height] and right [width, width] are symmetric.
func both(x *Node, left, right []float64) *Node {
	g, height, width := x.Graph(), x.Shape().Dim(2), x.Shape().Dim(3)
	l := Reshape(ConstAsDType(g, x.DType(), left), height, height)
	r := Reshape(ConstAsDType(g, x.DType(), right), width, width)
	x = DotGeneral(x, []int{3}, nil, r, []int{0}, nil)                                  // [batch, channels, height, width]
	return TransposeAllAxes(DotGeneral(l, []int{1}, nil, x, []int{2}, nil), 1, 2, 0, 3) // [height, batch, channels, width] before
}

// laplacian is the one of the paper's penalties, zeros outside, for every plane of x.
func laplacian(x *Node) *Node {
	return Sub(both(x, blur(x.Shape().Dim(2)), blur(x.Shape().Dim(3))), MulScalar(x, 4))
}

// whiten filters every plane of x with gains.
func whiten(x *Node) *Node {
	height, width := x.Shape().Dim(2), x.Shape().Dim(3)
	rows, columns := hartley(height), hartley(width)
	gain := gains(height, width)
	for i := range gain {
		gain[i] /= float64(height * width)
	}
	weight := Reshape(ConstAsDType(x.Graph(), x.DType(), gain), 1, 1, height, width)
	return both(Mul(both(x, rows, columns), weight), rows, columns)
}

// perImage sums x [batch, ...] over all axes but the first, which stay as axes of size 1.
func perImage(x *Node) *Node {
	return ReduceAndKeep(x, ReduceSum, 1, 2, 3)
}

// planes turns images [batch, height, width, channels] into [batch, channels, height, width], and pictures turns them back.
func planes(x *Node) *Node   { return TransposeAllAxes(x, 0, 3, 1, 2) }
func pictures(x *Node) *Node { return TransposeAllAxes(x, 0, 2, 3, 1) }
