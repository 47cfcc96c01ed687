package loss

import (
	"fmt"
	"math"
	"slices"

	"v1lab/datasets"
)

// Constant returns the loss on the validation part of constant rates, each neuron's mean training response: a model must be below it to have learned
// anything. It is NaN if a neuron has no training response.
func (l Loss) Constant(data *datasets.Dataset) (float64, error) {
	sum, n := 0.0, 0
	for _, b := range data.Blocks() {
		val, means := b.Val.Responses, b.Train.Responses.Means()
		if len(means) == 0 || slices.ContainsFunc(means, func(m float32) bool { return m != m }) {
			return math.NaN(), nil
		}
		rates := datasets.Responses{N: val.N, Neurons: val.Neurons, Values: slices.Repeat(means, val.N)}
		mean, err := l.Mean(rates, val)
		if err != nil || data.Sessions == nil {
			return mean, err
		}
		sum, n = sum+mean*float64(val.N), n+val.N
	}
	return sum / float64(n), nil
}

// NoBetter says that a model predicts no better than constant rates, given both losses on the validation part. It returns an empty text if the model is
// better, or a loss is NaN.
func NoBetter(model, constant float64) string {
	if !(model >= constant) {
		return ""
	}
	return fmt.Sprintf("the model predicts no better than constant rates: its validation loss is %.6g, that of each neuron's mean training rate %.6g; begin a new run with a lower learning rate (fit.learning_rate or fit.peak_rate), other penalties or more data", model, constant)
}
