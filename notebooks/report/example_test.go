package report_test

import (
	"fmt"
	"log"

	"v1lab/notebooks/report"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/experiments/compare"
)

func ExampleCorrelationHistogram() {
	scores := &evaluate.Report{Neurons: []evaluate.Neuron{{ID: "a", TestCorr: 0.71, Ceiling: 0.8}, {ID: "b", TestCorr: 0.62, Ceiling: 0.75}}}
	figure, err := report.CorrelationHistogram(scores)
	if err != nil {
		log.Fatal(err)
	}
	width, height := figure.Size()
	fmt.Printf("%.1f x %.1f inches\n", width, height)
	// Output:
	// 4.6 x 3.0 inches
}

func ExampleComparison() {
	fits := []compare.Fit{{Seed: 1, ValLoss: 97, TestCorr: 0.71}, {Seed: 2, ValLoss: 96, TestCorr: 0.74}}
	r := &compare.Report{Ceiling: 0.83, Models: []compare.Row{{Name: "quickstart", Fits: fits, Best: fits[1]}, {Name: "quickstart-cnn64", Fits: fits[:1], Best: fits[0]}}}
	figure, err := report.Comparison(r)
	if err != nil {
		log.Fatal(err)
	}
	width, height := figure.Size()
	fmt.Printf("%.1f x %.1f inches\n", width, height)
	// Output:
	// 5.6 x 1.4 inches
}
