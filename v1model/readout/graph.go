package readout

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/ops"
	"v1lab/v1model/weights"
)

// Output is what a readout computes.
type Output struct {
	Rates   *Node         // [batch, neurons]
	Drive   *Node         // [batch, neurons], before bias and softplus
	Masked  *Node         // [neurons, batch, channels], maps summed under each neuron's mask or read at its position; nil if computed in chunks
	Updates weights.Nodes // new values of variables that are not trained, if training
}

// Apply builds the readout on feature maps [height, width, batch, channels]. Training matters to Gaussian alone: it samples
// positions then, and Updates moves its random numbers on.
func (r *Readout) Apply(w weights.Nodes, maps *Node, training bool) Output {
	out := Output{Updates: weights.Nodes{}}
	switch r.Config.Kind {
	case Gaussian:
		out.Masked = r.readPositions(w, maps, training, out.Updates)
	case Transfer:
		out.Masked = r.poolTransfer(maps, r.masks(w))
	default:
		if n := r.Config.Chunk; n > 0 && n < r.neurons {
			out.Drive = r.driveInChunks(maps, r.masks(w), r.features(w))
		} else {
			out.Masked = r.pool(maps, r.masks(w))
		}
	}
	if out.Drive == nil {
		out.Drive = Transpose(ReduceSum(Mul(out.Masked, ExpandAxes(r.features(w), 1)), -1), 0, 1)
	}
	out.Rates = ops.Softplus(Add(out.Drive, ExpandAxes(w.Get(Biases), 0)))
	return out
}

// pool sums maps [height, width, batch, channels] under masks [neurons, height, width]: [neurons, batch, channels]. In this layout it is
// one matrix product, and so are its gradients.
func (r *Readout) pool(maps, masks *Node) *Node {
	places, neurons, batch := r.height*r.width, masks.Shape().Dim(0), maps.Shape().Dim(2)
	masked := ops.MatMul(Reshape(masks, neurons, places), Reshape(maps, places, batch*r.channels))
	return Reshape(masked, neurons, batch, r.channels)
}

// masks returns masks as they act, [neurons, height, width].
func (r *Readout) masks(w weights.Nodes) *Node {
	if r.Config.positiveMasks() {
		return Abs(w.Get(Masks))
	}
	return w.Get(Masks)
}

// features returns feature weights as they act, [neurons, channels].
func (r *Readout) features(w weights.Nodes) *Node {
	if r.Config.PositiveFeatures {
		return Abs(w.Get(Features))
	}
	return w.Get(Features)
}

// Constrain puts variables back where they may be after a training step changed them; values of the model's variables are
// replaced in next.
func (r *Readout) Constrain(next weights.Nodes) {
	if r.Config.Kind == Gaussian {
		r.constrainPositions(next)
	}
}
