package readout

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/kinds"
	"v1lab/v1model/weights"
)

// JointL1 is the paper's kind. Masks and feature weights share one penalty, which does not change if a mask is scaled up and its feature weights down.
const JointL1 = "joint_l1"

func init() {
	Register(kinds.About{Name: JointL1, Summary: "s sum_n (sum |m_n|) (sum |w_n|), s = sparsity; the paper's (Ecker et al., ICLR 2019, section 3)"}, Kind{
		Fields: []string{"chunk"},
		New:    func(c Config, size Size) (Readout, error) { return jointL1{NewMasked(c, size)}, nil },
	})
}

type jointL1 struct{ Masked }

// Penalties is s sum_n (sum |m_n|) (sum |w_n|).
func (r jointL1) Penalties(w weights.Nodes) []Term {
	joint := Mul(r.MaskSums(w), r.FeatureSums(w))
	return []Term{{"sparsity", MulScalar(ReduceAllSum(joint), r.Config.Sparsity)}}
}
