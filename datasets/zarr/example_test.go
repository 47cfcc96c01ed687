package zarr_test

import (
	"fmt"

	"v1lab/datasets"
	"v1lab/datasets/zarr"
)

func Example() {
	spec, err := datasets.ParseSpec("zarr:testdata/v3.zip?train_images=stimuli/train&val_images=stimuli/val&test_images=stimuli/test")
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := zarr.Open(spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	im := d.Train.Images
	fmt.Println(im.N, im.Height, im.Width, im.Channels, "neurons", d.NumNeurons(), "repeats", d.Test.Responses.Repeats, d.Neurons[5].ID)
	// Output:
	// 12 4 5 1 neurons 6 repeats 3 unit 5
}
