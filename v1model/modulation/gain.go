package modulation

import (
	"math"
	"math/rand/v2"

	"v1lab/v1model/weights"
)

// Names of the variables of a gain. Without hidden units there is Output alone.
const (
	HiddenWeights = "modulation/layer0/weights" // [covariates, hidden]
	HiddenBiases  = "modulation/layer0/biases"  // [hidden]
	Output        = "modulation/output/weights" // [hidden or covariates, neurons], or [.., 1] if all neurons have one gain
)

// Specs lists the variables of a gain of so many neurons; channels have none. Output starts at 0, so that every gain starts at 1.
func (c Config) Specs(neurons int) (specs []weights.Spec) {
	if c.Kind != Gain {
		return nil
	}
	in, gains := len(c.Covariates), 1
	if c.Shared == Neuron {
		gains = neurons
	}
	if c.Hidden > 0 {
		specs = append(specs,
			weights.Spec{Name: HiddenWeights, Shape: []int{in, c.Hidden}, Trainable: true, Init: Uniform(1 / math.Sqrt(float64(in)))},
			weights.Spec{Name: HiddenBiases, Shape: []int{c.Hidden}, Trainable: true, Init: Uniform(1 / math.Sqrt(float64(in)))})
		in = c.Hidden
	}
	return append(specs, weights.Spec{Name: Output, Shape: []int{in, gains}, Trainable: true, Init: weights.Constant(0)})
}

// Uniform draws start values from -limit to limit.
func Uniform(limit float64) weights.Initializer {
	return func(rng *rand.Rand, values []float32) {
		for i := range values {
			values[i] = float32(limit * (2*rng.Float64() - 1))
		}
	}
}
