package features_test

import (
	"math"
	"math/rand/v2"

	"v1lab/v1model/features"
)

// bump is one feature of a cell type: its weight as a function of orientation, relative to the neuron's own.
type bump struct {
	feature          int
	weight, at, kind float64 // kind: width parameter, 0 for a feature without orientation
}

// types are five computations on 16 features; the third and fourth use the same features at different relative orientations.
var types = [][]bump{
	{{feature: 0, weight: 1, kind: 3}},
	{{feature: 3, weight: 1, kind: 3}, {feature: 7, weight: -0.6, at: math.Pi / 2, kind: 2}},
	{{feature: 5, weight: 1, kind: 3}, {feature: 6, weight: 0.8, kind: 3}},
	{{feature: 5, weight: 1, kind: 3}, {feature: 6, weight: 0.8, at: math.Pi / 2, kind: 3}},
	{{feature: 9, weight: 1}, {feature: 1, weight: 0.3, kind: 2}},
}

// population draws neurons of the given types at random orientations in radians, with random gain and additive noise on every weight.
func population(seed uint64, rotations, nFeatures int, sizes []int, noise float64) (w features.Weights, truth []int, orientation []float64) {
	rng := rand.New(rand.NewPCG(seed, 0))
	for kind, size := range sizes {
		for range size {
			truth = append(truth, kind)
		}
	}
	rng.Shuffle(len(truth), func(i, j int) { truth[i], truth[j] = truth[j], truth[i] })
	w = features.Weights{Neurons: len(truth), Rotations: rotations, Features: nFeatures, Values: make([]float32, len(truth)*rotations*nFeatures)}
	for n, kind := range truth {
		phi, gain := 2*math.Pi*rng.Float64(), 0.2+rng.Float64()
		orientation = append(orientation, phi)
		row := w.At(n)
		for _, b := range types[kind] {
			for r := range rotations {
				theta := 2*math.Pi*float64(r)/float64(rotations) - phi - b.at
				row[r*nFeatures+b.feature] += float32(gain * b.weight * math.Exp(b.kind*(math.Cos(theta)-1)))
			}
		}
		for c := range row {
			row[c] += float32(gain * noise * rng.NormFloat64())
		}
	}
	return w, truth, orientation
}
