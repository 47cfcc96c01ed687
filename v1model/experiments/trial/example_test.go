package trial_test

import (
	"fmt"

	"v1lab/v1model/experiments/bench"
	"v1lab/v1model/experiments/trial"
)

func ExampleReport_Markdown() {
	r := trial.Report{Backend: "xla:cuda", Reference: "xla:cpu"}
	d := trial.Agreement{Agreement: bench.Agreement{Case: "paper", System: bench.Ours, Poisson: 2e-7, Rates: 1e-6, Gradient: 3e-6}, Accepted: trial.Float32}
	d.Holds = d.Worst() <= d.Accepted
	r.Agreement = append(r.Agreement, d)
	fmt.Println(r.Markdown()[:40])
	fmt.Println(d.Holds)
	// Output:
	// # xla:cuda, compared with xla:cpu
	//
	// Devic
	// true
}
