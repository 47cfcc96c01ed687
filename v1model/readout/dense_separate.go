package readout

import (
	"v1lab/v1model/kinds"
	"v1lab/v1model/weights"
)

// DenseSeparate is the paper's control: sparse masks and dense feature weights, each with a penalty of its own.
const DenseSeparate = "dense_separate"

func init() {
	Register(kinds.About{Name: DenseSeparate, Summary: "s_m sum |m| + l sum w^2, s_m = mask_sparsity, l = feature_l2: the paper's dense control (section 6)"}, Kind{
		Fields: []string{"chunk"},
		Dense:  true,
		New:    func(c Config, size Size) (Readout, error) { return denseSeparate{newDense(c, size)}, nil },
	})
}

type denseSeparate struct{ Masked }

// Penalties is s_m sum |m| + l sum w^2.
func (r denseSeparate) Penalties(w weights.Nodes) []Term {
	return []Term{r.MaskL1(w), r.FeatureL2(w)}
}
