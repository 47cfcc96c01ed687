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
		Fields: []string{"chunk", "adaptive"},
		New:    func(c Config, size Size) (Readout, error) { return jointL1{NewMasked(c, size)}, nil },
	})
}

type jointL1 struct{ Masked }

// Specs are those of the masks and, if Config.Adaptive, the neurons' strengths.
func (r jointL1) Specs() []weights.Spec {
	specs := r.Masked.Specs()
	if r.Config.Adaptive {
		specs = append(specs, StrengthSpec(r.Size.Neurons))
	}
	return specs
}

// Penalties is s sum_n (sum |m_n|) (sum |w_n|), in which each neuron has a strength of its own if Config.Adaptive.
func (r jointL1) Penalties(w weights.Nodes) []Term {
	joint := Mul(r.MaskSums(w), r.FeatureSums(w))
	sum := ReduceAllSum
	if r.Config.Adaptive {
		sum = func(x *Node) *Node { return r.Config.adaptivePenalty(w, x) }
	}
	return []Term{r.Config.Term(w, "sparsity", sum(joint))}
}
