package objective

import (
	. "github.com/gomlx/gomlx/core/graph"
)

const energyEpsilon = 1e-8 // added to a filter's energy

// laplacian is the stencil of the smoothness penalty.
var laplacian = [3][3]float64{{0.25, 0.5, 0.25}, {0.5, -3, 0.5}, {0.25, 0.5, 0.25}}

// Smoothness of filters [size, size, in, out]: the energy of each two-dimensional slice's Laplacian (zero beyond the edge),
// summed over inputs and divided by the filter's energy + 1e-8; the sum over outputs.
func Smoothness(filters *Node) *Node {
	height, width := filters.Shape().Dim(0), filters.Shape().Dim(1)
	in, out := filters.Shape().Dim(2), filters.Shape().Dim(3)
	stencil := ConvertDType(Const(filters.Graph(), stencilMatrix(laplacian, height, width)), filters.DType())
	curvature := MatMul(stencil, Reshape(filters, height*width, in*out))
	roughness := ReduceSum(Reshape(Square(curvature), height*width*in, out), 0)
	return ReduceAllSum(Div(roughness, energy(filters)))
}

// GroupSparsity of filters [size, size, in, out]: the sum over inputs of the slices' norms, divided by the square root of the
// filter's energy + 1e-8; the sum over outputs. A slice that is exactly zero has gradient zero.
func GroupSparsity(filters *Node) *Node {
	squares := ReduceSum(Square(filters), 0, 1) // [in, out]
	zero := ZerosLike(squares)
	positive := GreaterThan(squares, zero)
	norms := Where(positive, Sqrt(Where(positive, squares, OnesLike(squares))), zero)
	return ReduceAllSum(Div(ReduceSum(norms, 0), Sqrt(energy(filters))))
}

// energy is each filter's summed squares + 1e-8, [out].
func energy(filters *Node) *Node {
	return AddScalar(ReduceSum(Square(filters), 0, 1, 2), energyEpsilon)
}
