package readout

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/activation"
	"v1lab/v1model/weights"
)

// Output is what a readout computes.
type Output struct {
	Rates  *Node // [batch, neurons]
	Drive  *Node // [batch, neurons], before bias and softplus
	Masked *Node // [batch, neurons, channels], maps summed under each neuron's mask
}

// Apply builds the readout on feature maps [batch, height, width, channels].
func (r *Readout) Apply(w weights.Nodes, maps *Node) Output {
	masks, features := r.effective(w)
	places := r.height * r.width
	maps = Reshape(maps, maps.Shape().Dim(0), places, r.channels)
	masked := Einsum("bpc,np->bnc", maps, Reshape(masks, r.neurons, places))
	drive := ReduceSum(Mul(masked, ExpandAxes(features, 0)), -1)
	rates := activation.Softplus(Add(drive, ExpandAxes(w.Get(Biases), 0)))
	return Output{Rates: rates, Drive: drive, Masked: masked}
}

// effective returns masks and feature weights as they act: |masks| [neurons, height, width] and features [neurons, channels].
func (r *Readout) effective(w weights.Nodes) (masks, features *Node) {
	masks, features = Abs(w.Get(Masks)), w.Get(Features)
	if r.Config.PositiveFeatures {
		features = Abs(features)
	}
	return masks, features
}

// Penalty is the readout's weighted penalty, a scalar: s * sum_n (sum_yx |m_n|) (sum_c |w_n|).
func (r *Readout) Penalty(w weights.Nodes) *Node {
	masks, features := r.effective(w)
	joint := Mul(ReduceSum(masks, 1, 2), ReduceSum(Abs(features), 1))
	return MulScalar(ReduceAllSum(joint), r.Config.Sparsity)
}
