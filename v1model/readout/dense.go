package readout

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/kinds"
	"v1lab/v1model/weights"
)

// Dense is the kind whose masks are sparse and whose feature weights are not, under one penalty.
const Dense = "dense"

func init() {
	Register(kinds.About{Name: Dense, Summary: "s_m sum_n (sum |m_n|) ||w_n||, s_m = mask_sparsity: masks sparse, features not"}, Kind{
		Fields: []string{"chunk"},
		Dense:  true,
		New:    func(c Config, size Size) (Readout, error) { return dense{newDense(c, size)}, nil },
	})
}

type dense struct{ Masked }

// Penalties is s_m sum_n (sum |m_n|) ||w_n||.
func (r dense) Penalties(w weights.Nodes) []Term {
	joint := Mul(r.MaskSums(w), Norms(r.FeatureWeights(w)))
	return []Term{r.Config.Term(w, "mask_sparsity", ReduceAllSum(joint))}
}

// newDense lays out masks that start ten times as large as with sparse features, as in the reference.
func newDense(c Config, size Size) Masked {
	r := NewMasked(c, size)
	r.Largest *= 10
	return r
}
