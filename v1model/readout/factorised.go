package readout

import (
	"v1lab/v1model/kinds"
	"v1lab/v1model/weights"
)

// Factorised is the kind with every penalty of masks and feature weights by themselves, each 0 unless set (Klindt et al., NeurIPS 2017).
const Factorised = "factorised"

func init() {
	Register(kinds.About{Name: Factorised, Summary: "s_m sum |m| + s_f sum |w| + l sum w^2, every weight 0 unless set (Klindt et al., NeurIPS 2017)"}, Kind{
		Fields: []string{"chunk"},
		New:    func(c Config, size Size) (Readout, error) { return factorised{NewMasked(c, size)}, nil },
	})
}

type factorised struct{ Masked }

// Penalties is s_m sum |m| + s_f sum |w| + l sum w^2.
func (r factorised) Penalties(w weights.Nodes) []Term {
	return []Term{r.MaskL1(w), r.FeatureL1(w), r.FeatureL2(w)}
}
