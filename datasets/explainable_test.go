package datasets_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"v1lab/datasets"
)

// Neuron 0: image 0 has trials 1, 3; image 1 has 6, 6, 9; image 2 was shown once. Neuron 1 never changes. Neuron 2 saw no image twice.
func TestExplainableByHand(t *testing.T) {
	n := float32(math.NaN())
	test := datasets.Repeats{Repeats: 3, N: 3, Neurons: 3, Values: []float32{
		1, 2, 5, 6, 2, n, 100, 2, n,
		3, 2, n, 6, 2, 7, n, 2, n,
		n, 2, n, 9, 2, n, n, 2, 8,
	}}
	// Variances between repeats: 2 of two trials, 3 of three. Trials 1, 3, 6, 6, 9 of mean 5: 38 by 4.
	noise, total := (2*2+3*3)/5., 38/4.
	nan := math.NaN()
	near := cmp.Options{cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-12)}
	gotTotal, gotNoise := datasets.TrialVariance(test)
	if diff := cmp.Diff([][]float64{{total, 0, nan}, {noise, 0, nan}}, [][]float64{gotTotal, gotNoise}, near); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float64{1 - noise/total, nan, nan}, datasets.Explainable(test), near); diff != "" {
		t.Error(diff)
	}
}
