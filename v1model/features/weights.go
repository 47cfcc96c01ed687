package features

import (
	"fmt"
	"math"
)

// Weights are the feature weights of a population, [neurons, rotations, features] row-major:
// the readout's channel order, channel = rotation*Features + feature.
type Weights struct {
	Neurons, Rotations, Features int
	Values                       []float32
}

// At returns the weights of one neuron, [rotations, features]; the slice shares memory with w.
func (w Weights) At(neuron int) []float32 {
	size := w.Rotations * w.Features
	return w.Values[neuron*size : (neuron+1)*size]
}

// Check returns an error if rotations or features are below 1, the number of values is wrong, or a value is not finite. Zero neurons are accepted.
func (w Weights) Check() error {
	if w.Neurons < 0 || w.Rotations < 1 || w.Features < 1 || len(w.Values) != w.Neurons*w.Rotations*w.Features {
		return fmt.Errorf("features: weights: found %d values for [%d neurons, %d rotations, %d features]; rotations and features must be at least 1 and the product the number of values",
			len(w.Values), w.Neurons, w.Rotations, w.Features)
	}
	for i, v := range w.Values {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return fmt.Errorf("features: weights: found %v at neuron %d, rotation %d, feature %d; accepted are finite numbers",
				v, i/(w.Rotations*w.Features), i/w.Features%w.Rotations, i%w.Features)
		}
	}
	return nil
}

// Normalised returns a copy in which each neuron's weights have unit length; a neuron without weights stays 0.
func (w Weights) Normalised() Weights {
	out := w
	out.Values = make([]float32, len(w.Values))
	for n := range w.Neurons {
		from, to := w.At(n), out.At(n)
		if length := norm(from); length > 0 {
			for c, v := range from {
				to[c] = float32(float64(v) / length)
			}
		}
	}
	return out
}

// SignShare returns, per feature, the larger share of one sign among the weights of all neurons and rotations with |w| > threshold:
// 1 where all agree, 0.5 where excitation and inhibition balance, NaN where no weight is above threshold.
// The paper's threshold for sparse readouts is WeightThreshold; for dense ones 0.003.
func (w Weights) SignShare(threshold float64) []float64 {
	positive, negative := make([]float64, w.Features), make([]float64, w.Features)
	for i, v := range w.Values {
		switch f := i % w.Features; {
		case float64(v) > threshold:
			positive[f]++
		case float64(v) < -threshold:
			negative[f]++
		}
	}
	share := make([]float64, w.Features)
	for f := range share {
		share[f] = max(positive[f], negative[f]) / (positive[f] + negative[f])
	}
	return share
}

// Used returns, per feature, how many weights of all neurons and rotations have |w| > threshold (the paper's: WeightThreshold).
func (w Weights) Used(threshold float64) []int {
	used := make([]int, w.Features)
	for i, v := range w.Values {
		if math.Abs(float64(v)) > threshold {
			used[i%w.Features]++
		}
	}
	return used
}

func norm(x []float32) float64 {
	sum := 0.0
	for _, v := range x {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum)
}
