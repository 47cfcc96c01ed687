package golden_test

import (
	"fmt"

	"v1lab/v1model/golden"
)

func Example() {
	reference := golden.CoreConfig{ActivationFn: []string{"soft"}, FilterSize: []int{7}, NumFilters: []int{3}, NumRotations: 8, Padding: []string{"SAME"}, Stride: []int{1}, RelSmooth: []float64{1}, RelSparse: []float64{0}}
	config := reference.Core()
	fmt.Println(config.Kind, config.FilterSizes, config.Padding, config.Activations)
	// Output:
	// hermite [7] [same] [softplus]
}
