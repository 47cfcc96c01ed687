package insilico

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model"
	"v1lab/v1model/weights"
)

// oneStep builds one step for the images of one neuron through the whole model. in: neuron, steps made, raw [images, channels, height, width], and Adam's
// two moments. Results: raw, the moments, and the loss of each image before the step.
func oneStep(m *v1model.Model, a *ascent) func(w weights.Nodes, in []*Node) []*Node {
	return func(w weights.Nodes, in []*Node) []*Node {
		neuron, made, raw, first, second := in[0], in[1], in[2], in[3], in[4]
		loss, _, _, gradient := a.lossAndGradients(raw, func(shown *Node) (rate, gradient *Node) {
			seen := channelsLast(shown)
			rates := m.Forward(w, seen, false).Rates() // [images, neurons]
			chosen := OneHot(neuron, rates.Shape().Dim(1), rates.DType())
			rate = ReduceSum(Mul(rates, ExpandAxes(chosen, 0)), 1)
			return rate, channelsFirst(Gradient(ReduceAllSum(rate), seen)[0])
		})
		moved, m1, m2 := a.adam(AddScalar(made, 1), raw, first, second, gradient)
		return []*Node{moved, m1, m2, loss}
	}
}
