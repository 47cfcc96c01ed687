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

// Specs lists the variables of a gain of so many neurons; channels have none. Output starts at 0, so that every gain starts at 1. Where each of several sessions has
// its own gain, those that are not of neurons have a first axis of sessions; 0 stands for one session.
func (c Config) Specs(neurons, sessions int) (specs []weights.Spec) {
	if c.Kind != Gain {
		return nil
	}
	in, gains := len(c.Covariates), 1
	if !c.Each() {
		sessions = 0
	}
	if c.Shared == Neuron {
		gains = neurons
	}
	if c.Hidden > 0 {
		specs = append(specs,
			weights.Spec{Name: HiddenWeights, Shape: []int{in, c.Hidden}, Trainable: true, Init: Uniform(1 / math.Sqrt(float64(in)))}.OfSessions(sessions),
			weights.Spec{Name: HiddenBiases, Shape: []int{c.Hidden}, Trainable: true, Init: Uniform(1 / math.Sqrt(float64(in)))}.OfSessions(sessions))
		in = c.Hidden
	}
	output := weights.Spec{Name: Output, Shape: []int{in, gains}, Trainable: true, Init: weights.Constant(0)}
	if c.Shared != Neuron {
		output = output.OfSessions(sessions)
	}
	return append(specs, output)
}

// At returns the gain at one point of standardised covariates, outside of a graph: one of each neuron, or one for all. See Gains.
func (c Config) At(values weights.Values, z []float32) []float64 {
	hidden := make([]float64, len(z))
	for i, v := range z {
		hidden[i] = float64(v)
	}
	if c.Hidden > 0 {
		w, b := values.Float32(HiddenWeights), values.Float32(HiddenBiases)
		hidden = make([]float64, c.Hidden)
		for j := range hidden {
			sum := float64(b[j])
			for i, v := range z {
				sum += float64(v) * float64(w[i*c.Hidden+j])
			}
			hidden[j] = math.Tanh(sum) - math.Tanh(float64(b[j]))
		}
	}
	out := values.Float32(Output)
	gains := make([]float64, len(out)/len(hidden))
	for n := range gains {
		for j, h := range hidden {
			gains[n] += h * float64(out[j*len(gains)+n])
		}
		gains[n] = math.Exp(gains[n])
	}
	return gains
}

// Uniform draws start values from -limit to limit.
func Uniform(limit float64) weights.Initializer {
	return func(rng *rand.Rand, values []float32) {
		for i := range values {
			values[i] = float32(limit * (2*rng.Float64() - 1))
		}
	}
}
