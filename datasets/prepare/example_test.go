package prepare_test

import (
	"fmt"

	"v1lab/datasets"
	"v1lab/datasets/prepare"
	"v1lab/datasets/simulated"
)

func Example() {
	d, err := simulated.Generate(simulated.Config{
		Neurons: 8, Images: 30, Val: 5, Test: 5, Repeats: 3, Height: 20, Width: 24, SNR: 1, Types: simulated.TypeNames(), Seed: 1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	spec, err := datasets.ParseSpec("npz:recording.npz?neurons=0-2,sim0007&crop=0,2,20,20&resize=10x10")
	if err != nil {
		fmt.Println(err)
		return
	}
	options, err := prepare.Parse(spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	raw := d.Test.Images
	if err := prepare.Apply(d, options); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.NumNeurons(), "neurons, images of", d.Train.Images.Shape())
	again, err := prepare.Images(raw, d.Preparation)
	fmt.Println(again.Pixels[0] == d.Test.Images.Pixels[0], err)
	// Output:
	// 4 neurons, images of 10 x 10 pixels, 1 channels
	// true <nil>
}
