package datasets_test

import (
	"fmt"

	"v1lab/datasets"
)

// A recording of two neurons to six pictures of one pixel each is split, looked at and normalised.
func Example() {
	images := datasets.Images{N: 6, Height: 1, Width: 2, Channels: 1, Pixels: []float32{0, 9, 1, 8, 2, 7, 3, 6, 4, 5, 5, 4}}
	responses := datasets.Responses{N: 6, Neurons: 2, Values: []float32{0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6}}
	d, err := datasets.FromPairs(images, responses, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, f := range datasets.Check(d) {
		fmt.Println(f.Severity, f.Code)
	}
	if err := datasets.Normalise(d); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Train.Images.N, d.Val.Images.N, d.Test.Images.N, d.Normalisation.ImageMean)
	// Output:
	// warning few-images
	// warning few-images
	// warning few-images
	// warning dead-neurons
	// info single-repeat
	// 4 1 1 4.5
}

func ExampleParseSpec() {
	spec, err := datasets.ParseSpec("simulated:?neurons=200&sede=1")
	if err != nil {
		fmt.Println(err)
		return
	}
	options := spec.Read()
	fmt.Println(options.Int("neurons", 150, 1), options.Uint64("seed", 1))
	fmt.Println(options.Done())
	// Output:
	// 200 1
	// data "simulated:?neurons=200&sede=1": unknown option "sede", did you mean "seed"? (accepted: normalise, crop, grey, resize, neurons, session, min_ev, neuron_share, train_share, subset_seed, clean_leaks, seed)
}
