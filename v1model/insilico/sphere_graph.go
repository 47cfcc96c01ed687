package insilico

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// multiplyBothSides is left x right for every channel of x [batch, channels, height, width]; left [height, height] and right [width, width] are symmetric.
func multiplyBothSides(x *Node, left, right []float64) *Node {
	g, height, width := x.Graph(), x.Shape().Dim(2), x.Shape().Dim(3)
	l := Reshape(ConstAsDType(g, x.DType(), left), height, height)
	r := Reshape(ConstAsDType(g, x.DType(), right), width, width)
	x = DotGeneral(x, []int{3}, nil, r, []int{0}, nil)                                  // [batch, channels, height, width]
	return TransposeAllAxes(DotGeneral(l, []int{1}, nil, x, []int{2}, nil), 1, 2, 0, 3) // [height, batch, channels, width] before
}

// laplacian is the Laplacian of the paper's penalties, with zeros beyond the edge, of every channel of x [batch, channels, height, width].
func laplacian(x *Node) *Node {
	return Sub(multiplyBothSides(x, laplacianBand(x.Shape().Dim(2)), laplacianBand(x.Shape().Dim(3))), MulScalar(x, 4))
}

// whiten filters every channel of x [batch, channels, height, width] with whiteningGains.
func whiten(x *Node) *Node {
	height, width := x.Shape().Dim(2), x.Shape().Dim(3)
	rows, columns := hartley(height), hartley(width)
	gain := whiteningGains(height, width)
	for i := range gain {
		gain[i] /= float64(height * width)
	}
	weight := Reshape(ConstAsDType(x.Graph(), x.DType(), gain), 1, 1, height, width)
	return multiplyBothSides(Mul(multiplyBothSides(x, rows, columns), weight), rows, columns)
}

// sumPerImage sums x [batch, channels, height, width] over all axes but the first and keeps them with size 1.
func sumPerImage(x *Node) *Node {
	return ReduceAndKeep(x, ReduceSum, 1, 2, 3)
}

// channelsFirst transposes images [batch, height, width, channels] to [batch, channels, height, width]; channelsLast is its inverse.
func channelsFirst(x *Node) *Node { return TransposeAllAxes(x, 0, 3, 1, 2) }
func channelsLast(x *Node) *Node  { return TransposeAllAxes(x, 0, 2, 3, 1) }
