package core_test

import (
	"fmt"

	"v1lab/v1model/core"
)

func Example() {
	c, err := core.New(core.Config{
		Kind: core.Hermite, Rotations: 8, Upsampling: 2, FilterSizes: []int{13, 5}, Features: []int{16, 16}, Strides: []int{1, 1},
		Padding: []string{"same", "same"}, Activations: []string{"softplus", "none"}, SmoothRel: []float64{1, 0.5}, SparseRel: []float64{0, 1},
	}, 36, 64, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.OutputShape())
	for _, s := range c.Specs()[:2] {
		fmt.Println(s.Name, s.Shape)
	}
	// Output:
	// 36 64 128
	// core/conv1/coeffs [91 1 16]
	// core/conv1/BatchNorm/gamma [128]
}
