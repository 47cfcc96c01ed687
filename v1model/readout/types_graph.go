package readout

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/weights"
)

// TypePenalty is weight sum_n pull_n ||w_n/||w_n|| - target_n||^2 over the effective feature weights of neurons, a scalar. It does not depend on their length. Config has
// types.
func (c Config) TypePenalty(w weights.Nodes) *Node {
	features := Weighted{Config: c}.FeatureWeights(w)
	length := Sqrt(AddScalar(ReduceSum(Square(features), -1), 1e-12)) // finite at 0
	off := Sub(Div(features, ExpandAxes(length, -1)), w.Get(TypeTargets))
	return c.Term(w, "types.weight", ReduceAllSum(Mul(w.Get(TypePull), ReduceSum(Square(off), -1)))).Value
}
