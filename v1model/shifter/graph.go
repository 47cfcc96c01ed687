package shifter

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/weights"
)

// Shift builds the shift [batch, 2], across and down, from standardised positions of the pupil [batch, covariates]:
//
//	shift = tanh(... tanh(pupil W0 + b0) ...)
func (c Config) Shift(w weights.Nodes, pupil *Node) *Node {
	x := pupil
	for l := range len(c.widths()) - 1 {
		x = Tanh(Add(MatMul(x, w.Get(WeightsName(l))), ExpandAxes(w.Get(BiasesName(l)), 0)))
	}
	return x
}
