package readout

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/ops"
	"v1lab/v1model/weights"
)

// Apply sums maps [height, width, batch, channels] under each neuron's mask, in chunks of neurons if Config says so, and weighs the sums.
func (r Masked) Apply(w weights.Nodes, maps *Node, _ bool) Output {
	masks := r.MasksOf(w)
	if n := r.Config.Chunk; n > 0 && n < r.Size.Neurons {
		return Output{Drive: r.driveInChunks(maps, masks, r.FeatureWeights(w))}
	}
	pooled := r.Pool(maps, masks)
	return Output{Drive: r.Drive(w, pooled), Pooled: pooled}
}

// MasksOf builds the effective masks, |m| unless Config.PositiveMasks is false, [neurons, height, width].
func (r Masked) MasksOf(w weights.Nodes) *Node {
	if r.Config.positiveMasks() {
		return Abs(w.Get(Masks))
	}
	return w.Get(Masks)
}

// Pool sums maps [height, width, batch, channels] under masks [neurons, height, width]: [neurons, batch, channels]. It is one matrix product, and so are
// its gradients. The product has the batch last, as most cores compute maps; XLA then leaves out both changes of order.
func (r Masked) Pool(maps, masks *Node) *Node {
	places, neurons, batch := r.Size.Height*r.Size.Width, masks.Shape().Dim(0), maps.Shape().Dim(2)
	pooled := ops.MatMul(Reshape(masks, neurons, places), Reshape(TransposeAllAxes(maps, 0, 1, 3, 2), places, r.Size.Channels*batch))
	return TransposeAllAxes(Reshape(pooled, neurons, r.Size.Channels, batch), 0, 2, 1)
}

// MaskSums is sum |m_n| of each neuron, [neurons].
func (r Masked) MaskSums(w weights.Nodes) *Node { return ReduceSum(Abs(w.Get(Masks)), 1, 2) }

// MaskL1 is s_m sum |m|.
func (r Masked) MaskL1(w weights.Nodes) Term {
	return r.Config.Term(w, "mask_sparsity", ReduceAllSum(r.MaskSums(w)))
}
