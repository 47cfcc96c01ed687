package readout

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/kinds"
	"v1lab/v1model/weights"
)

// Transfer is JointL1 with a core that learns from every TransferEvery-th neuron only, to test whether it predicts the other neurons.
const Transfer = "transfer"

func init() {
	Register(kinds.About{Name: Transfer, Summary: "joint_l1 with a core that learns from every transfer_every-th neuron alone"}, Kind{
		Fields: []string{"adaptive"},
		New:    func(c Config, size Size) (Readout, error) { return transfer{jointL1{NewMasked(c, size)}}, nil },
	})
}

type transfer struct{ jointL1 }

// Apply is that of the masks, but for the gradient by maps.
func (r transfer) Apply(w weights.Nodes, maps *Node, _ bool) Output {
	pooled := r.poolTransfer(maps, r.MasksOf(w))
	return Output{Drive: r.Drive(w, pooled), Pooled: pooled}
}

// poolTransfer is Pool, but only neurons 0, k, 2k, ... pass a gradient to the maps, k = TransferEvery. Neurons are
// divided into groups of k. For the first neuron of each group the maps are variable, for the others they are constants.
func (r transfer) poolTransfer(maps, masks *Node) *Node {
	k, size := orElse(r.Config.TransferEvery, 2), r.Size
	if k == 1 {
		return r.Pool(maps, masks)
	}
	groups := (size.Neurons + k - 1) / k
	if missing := groups*k - size.Neurons; missing > 0 {
		shape := masks.Shape().Clone()
		shape.Dimensions[0] = missing
		masks = Concatenate([]*Node{masks, Zeros(masks.Graph(), shape)}, 0)
	}
	masks = Reshape(masks, groups, k, size.Height*size.Width)
	read := func(maps *Node, members SliceAxisSpec, n int) *Node {
		part := Reshape(Slice(masks, AxisRange(), members), groups*n, size.Height, size.Width)
		return Reshape(r.Pool(maps, part), groups, n, maps.Shape().Dim(2), size.Channels)
	}
	first, others := read(maps, AxisRange(0, 1), 1), read(StopGradient(maps), AxisRange(1), k-1)
	pooled := Reshape(Concatenate([]*Node{first, others}, 1), groups*k, maps.Shape().Dim(2), size.Channels)
	return Slice(pooled, AxisRange(0, size.Neurons))
}
