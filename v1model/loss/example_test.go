package loss_test

import (
	"fmt"

	"v1lab/datasets"
	"v1lab/v1model/loss"
)

func Example() {
	gaussian, err := loss.Find(loss.Gaussian, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	rates := datasets.Responses{N: 2, Neurons: 1, Values: []float32{1, -2}}
	responses := datasets.Responses{N: 2, Neurons: 1, Values: []float32{2, -4}}
	mean, err := gaussian.Mean(rates, responses)
	fmt.Println(gaussian.Label(), mean, err)
	biases, silent := gaussian.Biases([]float32{-0.5, 1})
	fmt.Println(biases, silent)
	// Output:
	// Gaussian loss per image (half squared error) 1.25 <nil>
	// [-0.5 1] []
}
