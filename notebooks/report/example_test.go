package report_test

import (
	"fmt"
	"log"

	"v1lab/notebooks/report"
	"v1lab/v1model/evaluate"
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
