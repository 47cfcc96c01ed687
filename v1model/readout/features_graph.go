package readout

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/weights"
)

// FeatureWeights builds the effective feature weights, |w| if Config.PositiveFeatures, [neurons, channels].
func (r Weighted) FeatureWeights(w weights.Nodes) *Node {
	if r.Config.PositiveFeatures {
		return Abs(w.Get(Features))
	}
	return w.Get(Features)
}

// Drive is the drive [batch, neurons] of maps pooled in space, [neurons, batch, channels]: sum_c w_nc pooled_nbc.
func (r Weighted) Drive(w weights.Nodes, pooled *Node) *Node {
	pooled = TransposeAllAxes(pooled, 0, 2, 1) // sums along neighbours in memory would be slow
	return Transpose(ReduceSum(Mul(pooled, ExpandAxes(r.FeatureWeights(w), -1)), 1), 0, 1)
}

// FeatureSums is sum |w_n| of each neuron, [neurons].
func (r Weighted) FeatureSums(w weights.Nodes) *Node { return ReduceSum(Abs(r.FeatureWeights(w)), 1) }

// FeatureL1 is s_f sum |w|.
func (r Weighted) FeatureL1(w weights.Nodes) Term {
	return r.Config.Term(w, "feature_sparsity", ReduceAllSum(Abs(r.FeatureWeights(w))))
}

// FeatureL2 is l sum w^2.
func (r Weighted) FeatureL2(w weights.Nodes) Term {
	return r.Config.Term(w, "feature_l2", ReduceAllSum(Square(r.FeatureWeights(w))))
}

// Norms builds the Euclidean norm of x along its last axis. Where it is exactly zero, its gradient is zero.
func Norms(x *Node) *Node {
	squares := ReduceSum(Square(x), -1)
	zero := ZerosLike(squares)
	positive := GreaterThan(squares, zero)
	return Where(positive, Sqrt(Where(positive, squares, OnesLike(squares))), zero)
}

// Penalty is the sum of a readout's penalties, a scalar.
func Penalty(r Readout, w weights.Nodes) *Node {
	terms := r.Penalties(w)
	sum := terms[0].Value
	for _, t := range terms[1:] {
		sum = Add(sum, t.Value)
	}
	return sum
}
