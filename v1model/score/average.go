package score

import (
	"fmt"
	"math"

	"v1lab/datasets"
)

// Average returns the mean over the repeats that are present, [images, neurons].
// It is NaN where an image was never shown to a neuron; the other functions of this package leave such pairs out.
func Average(test datasets.Repeats) (datasets.Responses, error) {
	if err := checkRepeats(test); err != nil {
		return datasets.Responses{}, err
	}
	mean := datasets.Responses{N: test.N, Neurons: test.Neurons, Values: make([]float32, test.N*test.Neurons)}
	for i := range test.N {
		test.MeanAt(i, mean.At(i))
	}
	return mean, nil
}

func checkRepeats(r datasets.Repeats) error {
	if r.Repeats < 1 || r.N < 1 || r.Neurons < 1 || len(r.Values) != r.Repeats*r.N*r.Neurons {
		return fmt.Errorf("score: test responses: found %d values for [%d repeats, %d images, %d neurons]; every axis must be at least 1 and their product the number of values",
			len(r.Values), r.Repeats, r.N, r.Neurons)
	}
	for i, v := range r.Values {
		if math.IsInf(float64(v), 0) {
			return fmt.Errorf("score: test responses: found %v at repeat %d, image %d, neuron %d; accepted are finite numbers, and NaN for a missing repeat",
				v, i/(r.N*r.Neurons), i/r.Neurons%r.N, i%r.Neurons)
		}
	}
	return nil
}

func checkShape(what string, r datasets.Responses) error {
	if r.N < 1 || r.Neurons < 1 || len(r.Values) != r.N*r.Neurons {
		return fmt.Errorf("score: %s: found %d values for [%d images, %d neurons]; both axes must be at least 1 and their product the number of values",
			what, len(r.Values), r.N, r.Neurons)
	}
	return nil
}

// Comparable accepts finite predictions and responses of the same shape that are finite or missing (NaN).
func Comparable(pred, target datasets.Responses) error {
	if err := checkShape("predictions", pred); err != nil {
		return err
	}
	if err := checkShape("responses", target); err != nil {
		return err
	}
	if pred.N != target.N || pred.Neurons != target.Neurons {
		return fmt.Errorf("score: predictions are [%d images, %d neurons], responses [%d, %d]; the shapes must agree",
			pred.N, pred.Neurons, target.N, target.Neurons)
	}
	for i, p := range pred.Values {
		if math.IsNaN(float64(p)) || math.IsInf(float64(p), 0) {
			return fmt.Errorf("score: predictions: found %v at image %d, neuron %d; accepted are finite numbers", p, i/pred.Neurons, i%pred.Neurons)
		}
		if r := target.Values[i]; math.IsInf(float64(r), 0) {
			return fmt.Errorf("score: responses: found %v at image %d, neuron %d; accepted are finite numbers, and NaN for a missing one", r, i/pred.Neurons, i%pred.Neurons)
		}
	}
	return nil
}
