package modulation_test

import (
	"fmt"

	"v1lab/v1model/modulation"
)

func Example() {
	c := modulation.Config{Kind: modulation.Gain, Covariates: []string{"running", "pupil"}, Hidden: 4, Shared: modulation.Neuron}
	fmt.Println(c.Validate())
	for _, s := range c.Specs(100, 0) {
		fmt.Println(s.Name, s.Shape)
	}
	// Output:
	// <nil>
	// modulation/layer0/weights [2 4]
	// modulation/layer0/biases [4]
	// modulation/output/weights [4 100]
}
