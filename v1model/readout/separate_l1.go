package readout

import (
	"v1lab/v1model/kinds"
	"v1lab/v1model/weights"
)

// SeparateL1 is the kind whose masks and feature weights are sparse each by itself.
const SeparateL1 = "separate_l1"

func init() {
	Register(kinds.About{Name: SeparateL1, Summary: "s_m sum |m| + s_f sum |w|, s_m = mask_sparsity, s_f = feature_sparsity"}, Kind{
		Fields: []string{"chunk"},
		New:    func(c Config, size Size) (Readout, error) { return separateL1{NewMasked(c, size)}, nil },
	})
}

type separateL1 struct{ Masked }

// Penalties is s_m sum |m| + s_f sum |w|.
func (r separateL1) Penalties(w weights.Nodes) []Term {
	return []Term{r.MaskL1(w), r.FeatureL1(w)}
}
