package readout_test

import (
	"fmt"

	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

func Example() {
	r, err := readout.New(readout.Config{Kind: readout.JointL1, Sparsity: 0.01}, readout.Size{Height: 24, Width: 24, Channels: 64, Neurons: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, s := range r.Specs() {
		fmt.Println(s.Name, s.Shape)
	}
	// Output:
	// readout/masks [3 24 24]
	// readout/feature_weights [3 64]
}

// A gaussian readout has a position in the feature maps in place of a mask.
func ExamplePositioner() {
	r, err := readout.New(readout.Config{Kind: readout.Gaussian}, readout.Size{Height: 24, Width: 24, Channels: 64, Neurons: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	values := weights.Init(r.Specs(), 1)
	copy(values.Float32(readout.Means), []float32{-1, 0.5}) // first column, three quarters down
	positions := r.(readout.Positioner).Positions(values)
	fmt.Println(positions.Data)
	masks, _ := r.Effective(values)
	fmt.Println(masks.Data.([]float32)[17*24], masks.Data.([]float32)[18*24])
	// Output:
	// [0 17.25]
	// 0.75 0.25
}
