package readout

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// poolTransfer is pool, but of the neurons only 0, k, 2k, ... pass a gradient to the maps, k = TransferEvery. Neurons are
// dealt into groups of k; the first of each group sees the maps, the others see them as constants.
func (r *Readout) poolTransfer(maps, masks *Node) *Node {
	k := r.Config.transferEvery()
	if k == 1 {
		return r.pool(maps, masks)
	}
	groups := (r.neurons + k - 1) / k
	if missing := groups*k - r.neurons; missing > 0 {
		shape := masks.Shape().Clone()
		shape.Dimensions[0] = missing
		masks = Concatenate([]*Node{masks, Zeros(masks.Graph(), shape)}, 0)
	}
	masks = Reshape(masks, groups, k, r.height*r.width)
	read := func(maps *Node, members SliceAxisSpec, n int) *Node {
		part := Reshape(Slice(masks, AxisRange(), members), groups*n, r.height, r.width)
		return Reshape(r.pool(maps, part), groups, n, maps.Shape().Dim(2), r.channels)
	}
	first, others := read(maps, AxisRange(0, 1), 1), read(StopGradient(maps), AxisRange(1), k-1)
	pooled := Reshape(Concatenate([]*Node{first, others}, 1), groups*k, maps.Shape().Dim(2), r.channels)
	return Slice(pooled, AxisRange(0, r.neurons))
}
