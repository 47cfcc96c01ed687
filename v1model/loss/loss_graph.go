package loss

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// MeanNode builds the loss of rates and responses [batch, neurons], a scalar: the mean over images of the sum over neurons. A response that is
// NaN was not recorded: it adds nothing to the value or the gradient, but its image counts in the mean.
func (l Loss) MeanNode(rates, responses *Node) *Node {
	return DivScalar(ReduceAllSum(l.MaskedTerms(rates, responses)), float64(rates.Shape().Dim(0)))
}

// MaskedTerms is the loss of each image and neuron, [batch, neurons], 0 where the response is NaN.
func (l Loss) MaskedTerms(rates, responses *Node) *Node {
	missing, zero := IsNaN(responses), ZerosLike(responses)
	responses = Where(missing, zero, responses) // otherwise the gradient would be 0*NaN
	return Where(missing, zero, l.Terms(rates, responses))
}
