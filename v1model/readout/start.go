package readout

import (
	"math"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model/weights"
)

// MinRate is the mean rate, in units of the responses' SD, below which a neuron counts as silent: its bias would start at
// minus infinity, and starts where this rate puts it instead.
const MinRate = 1e-3

// Start replaces those of the drawn start values that depend on data: biases, by StartBiases; masks, by StartMasks if Config says
// so; the neurons' places on cortex if the grid needs them. The data are normalised. It returns the silent neurons.
func (r *Readout) Start(values weights.Values, data *datasets.Dataset, seed uint64) (silent []int, err error) {
	if r.Config.MaskInit == STA {
		if err := r.StartMasks(values, data.Train, seed); err != nil {
			return nil, err
		}
	}
	if r.Config.Grid == Cortex {
		if err := r.startPlaces(values, data.Neurons); err != nil {
			return nil, err
		}
	}
	return StartBiases(values, means(data.Train.Responses)), nil
}

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

// means averages each neuron's responses, missing ones (NaN) left out, [neurons]; NaN of a neuron without any.
func means(r datasets.Responses) []float32 {
	sums, counts := make([]float64, r.Neurons), make([]float64, r.Neurons)
	for i := range r.N {
		for n, v := range r.At(i) {
			if v == v {
				sums[n] += float64(v)
				counts[n]++
			}
		}
	}
	mean := make([]float32, r.Neurons)
	for n := range mean {
		mean[n] = float32(sums[n] / counts[n])
	}
	return mean
}
