package score_test

import (
	"fmt"
	"log"

	"v1lab/datasets"
	"v1lab/v1model/score"
)

// One neuron saw three images twice each.
func Example() {
	test := datasets.Repeats{Repeats: 2, N: 3, Neurons: 1, Values: []float32{0, 2, 4, 1, 2, 5}}
	pred := datasets.Responses{N: 3, Neurons: 1, Values: []float32{1, 2, 3}}

	corr, err := score.TestCorrelation(pred, test)
	if err != nil {
		log.Fatal(err)
	}
	variance, err := score.Explain(test)
	if err != nil {
		log.Fatal(err)
	}
	fraction, err := score.FractionOfCeiling(corr, variance.Ceiling)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("correlation %.3f, ceiling %.3f, %.3f of it\n", corr[0], variance.Ceiling[0], fraction)
	// Output: correlation 0.990, ceiling 0.979, 1.011 of it
}
