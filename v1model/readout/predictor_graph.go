package readout

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/ops"
	"v1lab/v1model/weights"
)

// predict builds the positions [neurons, 2].
func (c Config) predict(w weights.Nodes) *Node {
	x := w.Get(CortexPlaces)
	last := len(c.GridHidden)
	for l := range last + 1 {
		x = Add(MatMul(x, w.Get(GridWeights(l))), ExpandAxes(w.Get(GridBiases(l)), 0))
		if l < last {
			x = ops.ELU(x)
		}
	}
	if c.gridEnds() {
		x = Tanh(x)
	}
	return x
}
