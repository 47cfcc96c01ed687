package modulation

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/weights"
)

// Gains builds the gain of each neuron from standardised covariates z [batch, covariates]: [batch, neurons], or [batch, 1] if all have one.
//
//	g = exp(f(z) - f(0))    f(z) = h(z) V    h(z) = tanh(z W + b), or z without hidden units
//
// At z = 0, the training means, every gain is 1.
func (c Config) Gains(w weights.Nodes, z *Node) *Node {
	hidden := z
	if c.Hidden > 0 {
		b := ExpandAxes(w.Get(HiddenBiases), 0)
		hidden = Sub(Tanh(Add(MatMul(z, w.Get(HiddenWeights)), b)), Tanh(b))
	}
	return Exp(MatMul(hidden, w.Get(Output)))
}

// Append puts covariates [batch, covariates] behind the channels of images [batch, height, width, channels], each the same at every pixel.
func Append(images, covariates *Node) *Node {
	s := images.Shape()
	planes := BroadcastToDims(ExpandAxes(covariates, 1, 2), s.Dim(0), s.Dim(1), s.Dim(2), covariates.Shape().Dim(1))
	return Concatenate([]*Node{images, planes}, 3)
}
