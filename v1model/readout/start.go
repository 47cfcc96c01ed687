package readout

import (
	"math"

	"v1lab/datasets/array"
	"v1lab/v1model/weights"
)

// MinRate is the mean rate, in units of the responses' SD, below which a neuron counts as silent: its bias would start at
// minus infinity, and starts where this rate puts it instead.
const MinRate = 1e-3

// StartBiases puts each bias at half the inverse softplus of the neuron's mean training response:
// log(exp(mean) - 1)/2. It returns the neurons whose mean is below MinRate, where that would run to minus infinity.
func StartBiases(values weights.Values, meanResponses []float32) (silent []int) {
	biases := make([]float32, len(meanResponses))
	for n, mean := range meanResponses {
		m := float64(mean)
		if !(m >= MinRate) {
			silent = append(silent, n)
			m = MinRate
		}
		biases[n] = float32(0.5 * (m + math.Log(-math.Expm1(-m)))) // log(exp m - 1) without overflow
	}
	values[Biases] = array.New(biases)
	return silent
}
