package evaluate_test

import (
	"encoding/json"
	"fmt"

	"v1lab/datasets"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/loss"
)

func Example() {
	trials := []float32{0, 3, 8, 2, 5, 8} // of one neuron: two repeats of three images
	data := &datasets.Dataset{
		Val:  datasets.Part{Responses: datasets.Responses{N: 3, Neurons: 1, Values: []float32{2, 4, 6}}},
		Test: datasets.TestPart{Responses: datasets.Repeats{Repeats: 2, N: 3, Neurons: 1, Values: trials}},
	}
	rates := datasets.Responses{N: 3, Neurons: 1, Values: []float32{1, 4, 8}}
	poisson, err := loss.Find(loss.Poisson, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := evaluate.Compare(poisson, rates, rates, data)
	if err != nil {
		fmt.Println(err)
		return
	}
	n := report.Neurons[0]
	fmt.Printf("neuron %s: %.3f on repeats' averages, at best %.3f; %.3f on single trials\n", n.ID, n.TestCorr, n.Ceiling, n.ValCorr)
	text, err := json.Marshal(report.TestCorrSD) // of one neuron
	fmt.Printf("%s %v\n", text, err)
	// Output:
	// neuron 0: 1.000 on repeats' averages, at best 0.973; 0.997 on single trials
	// null <nil>
}
