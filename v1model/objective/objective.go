package objective

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/ops"
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
	roughness := ops.SumRows(Reshape(Square(curvature), height*width*in, out))
	return ReduceAllSum(Div(roughness, energy(filters)))
}

// GroupSparsity of filters [size, size, in, out]: the sum over inputs of the slices' norms, divided by the square root of the
// filter's energy + 1e-8; the sum over outputs. A slice that is exactly zero has gradient zero.
func GroupSparsity(filters *Node) *Node {
	norms := root(sliceEnergies(filters))
	return ReduceAllSum(Div(ops.SumRows(norms), Sqrt(energy(filters))))
}

// root is the square root, with gradient zero at zero.
func root(x *Node) *Node {
	zero := ZerosLike(x)
	norm := Sqrt(x)
	return ops.WithGradientOf(x,
		func(x *Node) *Node { return Sqrt(x) },
		func(v *Node) *Node { return Where(GreaterThan(norm, zero), Div(MulScalar(v, 0.5), norm), zero) })
}

// energy is each filter's summed squares + 1e-8, [out].
func energy(filters *Node) *Node {
	return AddScalar(ops.SumRows(sliceEnergies(filters)), energyEpsilon)
}

// sliceEnergies is the summed squares of each slice, [in, out].
func sliceEnergies(filters *Node) *Node {
	area, in, out := filters.Shape().Dim(0)*filters.Shape().Dim(1), filters.Shape().Dim(2), filters.Shape().Dim(3)
	return Reshape(ops.SumRows(Reshape(Square(filters), area, in*out)), in, out)
}
