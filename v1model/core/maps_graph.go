package core

import (
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
)

// Orders of the axes of feature maps in memory: b is the batch, h the height, w the width, c the channels. Layers that are matrix products have the batch last,
// so that no product needs a transposed factor on its left.
const (
	batchFirst  = "bhwc" // as images come, and as XLA's convolution wants them
	placesFirst = "hwbc" // as readouts take them
	batchLast   = "hwcb"
)

// featureMaps are feature maps whose axes are in one of these orders.
type featureMaps struct {
	node  *Node
	order string
}

// as returns the maps in another order.
func (m featureMaps) as(order string) *Node {
	if m.order == order {
		return m.node
	}
	from := make([]int, len(order))
	for i := range order {
		from[i] = strings.IndexByte(m.order, order[i])
	}
	return TransposeAllAxes(m.node, from...)
}

// with is other values in the same order.
func (m featureMaps) with(node *Node) featureMaps { return featureMaps{node, m.order} }

// run is the number of neighbours in memory that belong to the same channel.
func (m featureMaps) run() int {
	if m.order == batchLast {
		return m.node.Shape().Dim(3)
	}
	return 1
}

// addBias adds b [channels].
func (m featureMaps) addBias(b *Node) featureMaps {
	dims := []int{1, 1, 1, 1}
	dims[strings.IndexByte(m.order, 'c')] = b.Shape().Dim(0)
	return m.with(Add(m.node, Reshape(b, dims...)))
}
