package readout

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/weights"
)

// Term is one term of a penalty, a scalar, weighted.
type Term struct {
	Weight string // name of the config's field that weighs it, such as mask_sparsity
	Value  *Node
}

// Penalty is the readout's weighted penalty, a scalar: the sum of Penalties.
func (r *Readout) Penalty(w weights.Nodes) *Node {
	terms := r.Penalties(w)
	sum := terms[0].Value
	for _, t := range terms[1:] {
		sum = Add(sum, t.Value)
	}
	return sum
}

// Penalties lists the terms of the penalty; the kinds' constants say the formulas.
func (r *Readout) Penalties(w weights.Nodes) []Term {
	c, features := r.Config, r.features(w)
	switch c.Kind {
	case JointL1, Transfer: // s sum_n (sum |m_n|) (sum |w_n|)
		joint := Mul(r.maskSums(w), ReduceSum(Abs(features), 1))
		return []Term{{"sparsity", MulScalar(ReduceAllSum(joint), c.Sparsity)}}
	case Dense: // s_m sum_n (sum |m_n|) ||w_n||
		joint := Mul(r.maskSums(w), norms(features))
		return []Term{{"mask_sparsity", MulScalar(ReduceAllSum(joint), c.MaskSparsity)}}
	case SeparateL1: // s_m sum |m| + s_f sum |w|
		return []Term{r.maskL1(w), r.featureL1(features)}
	case DenseSeparate: // s_m sum |m| + l sum w^2
		return []Term{r.maskL1(w), r.featureL2(features)}
	case Factorised: // s_m sum |m| + s_f sum |w| + l sum w^2
		return []Term{r.maskL1(w), r.featureL1(features), r.featureL2(features)}
	default: // Gaussian: s_f sum |w|
		return []Term{r.featureL1(features)}
	}
}

func (r *Readout) maskL1(w weights.Nodes) Term {
	return Term{"mask_sparsity", MulScalar(ReduceAllSum(r.maskSums(w)), r.Config.MaskSparsity)}
}

func (r *Readout) featureL1(features *Node) Term {
	return Term{"feature_sparsity", MulScalar(ReduceAllSum(Abs(features)), r.Config.FeatureSparsity)}
}

func (r *Readout) featureL2(features *Node) Term {
	return Term{"feature_l2", MulScalar(ReduceAllSum(Square(features)), r.Config.FeatureL2)}
}

// maskSums is sum |m_n| of each neuron, [neurons].
func (r *Readout) maskSums(w weights.Nodes) *Node { return ReduceSum(Abs(w.Get(Masks)), 1, 2) }

// norms is ||w_n|| of each neuron, [neurons]; where it is exactly zero so is its gradient.
func norms(features *Node) *Node {
	squares := ReduceSum(Square(features), 1)
	zero := ZerosLike(squares)
	positive := GreaterThan(squares, zero)
	return Where(positive, Sqrt(Where(positive, squares, OnesLike(squares))), zero)
}
