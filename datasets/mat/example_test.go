package mat_test

import (
	"fmt"

	"v1lab/datasets"
	"v1lab/datasets/mat"
)

func Example() {
	spec, err := datasets.ParseSpec("mat:testdata/v73.mat?val_images=rec.val_images&val_responses=rec.val_responses")
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := mat.Open(spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	im := d.Train.Images
	fmt.Println(im.N, im.Height, im.Width, im.Channels, "neurons", d.NumNeurons(), "repeats", d.Test.Responses.Repeats, d.Neurons[5].ID)
	// Output:
	// 12 4 5 1 neurons 6 repeats 3 unit 5
}
