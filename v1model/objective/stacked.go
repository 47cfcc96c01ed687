package objective

import . "github.com/gomlx/gomlx/core/graph"

// fiveTaps is the Laplacian of Sinz et al.'s models.
var fiveTaps = [3][3]float64{{0, -1, 0}, {-1, 4, -1}, {0, -1, 0}}

// LaplaceRatio of filters [size, size, ...]: the energy of the Laplacians of all two-dimensional slices (zero beyond the edge), divided by the energy of all
// filters + 1e-8. In contrast to Smoothness, filters of little energy count little. It is LaplaceL2norm of neuralpredictors with padding (Lurz et al.,
// ICLR 2021).
func LaplaceRatio(filters *Node) *Node {
	height, width := filters.Shape().Dim(0), filters.Shape().Dim(1)
	stencil := ConvertDType(Const(filters.Graph(), stencilMatrix(fiveTaps, height, width)), filters.DType())
	curvature := MatMul(stencil, Reshape(filters, height*width, -1))
	return Div(ReduceAllSum(Square(curvature)), AddScalar(ReduceAllSum(Square(filters)), energyEpsilon))
}

// MeanNorm of filters [size, size, in, out]: the mean of the norms of all two-dimensional slices. A slice that is exactly zero has gradient zero. It is the
// group sparsity of neuralpredictors.
func MeanNorm(filters *Node) *Node {
	squares := ReduceSum(Square(filters), 0, 1)
	zero := ZerosLike(squares)
	positive := GreaterThan(squares, zero)
	return ReduceAllMean(Where(positive, Sqrt(Where(positive, squares, OnesLike(squares))), zero))
}
