package insilico

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/compute/dtypes"

	"v1lab/v1model/weights"
)

// oneStep lays out one step for the images of one neuron, through the whole model: neuron, steps made, raw planes [images, channels, height,
// width] and Adam's two moments; results raw, the moments, and the loss of each image before the step.
func (s *Subject) oneStep(a *ascent) func(w weights.Nodes, in []*Node) []*Node {
	o := a.options
	return func(w weights.Nodes, in []*Node) []*Node {
		neuron, made, raw, first, second := in[0], in[1], in[2], in[3], in[4]
		length := Sqrt(perImage(Square(raw)))
		unit := Div(raw, length)
		shown := MulScalar(unit, o.Norm)
		seen := pictures(shown)
		rates := s.Model.Forward(w, seen, false).Rates() // [images, neurons]
		chosen := OneHot(neuron, rates.Shape().Dim(1), rates.DType())
		rate := ReduceSum(Mul(rates, ExpandAxes(chosen, 0)), 1)
		curvature := laplacian(shown)
		loss := Sub(MulScalar(Reshape(perImage(Square(curvature)), -1), o.Smoothness), rate)
		image := Sub(MulScalar(laplacian(curvature), 2*o.Smoothness), planes(Gradient(ReduceAllSum(rate), seen)[0]))
		white := whiten(image)
		gradient := Mul(Sub(white, Mul(unit, perImage(Mul(white, unit)))), Div(Scalar(raw.Graph(), dtypes.Float32, o.Norm), length))

		made = AddScalar(made, 1)
		power := func(beta float64) *Node { return Exp(MulScalar(made, math.Log(beta))) }
		first = Add(MulScalar(first, beta1), MulScalar(gradient, 1-beta1))
		second = Add(MulScalar(second, beta2), MulScalar(Square(gradient), 1-beta2))
		size := Div(MulScalar(Sqrt(OneMinus(power(beta2))), o.LearningRate), OneMinus(power(beta1)))
		return []*Node{Sub(raw, Mul(size, Div(first, AddScalar(Sqrt(second), adamEpsilon)))), first, second, loss}
	}
}
