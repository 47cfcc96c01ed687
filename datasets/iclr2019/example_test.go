package iclr2019_test

import (
	"fmt"

	"v1lab/datasets"
	"v1lab/datasets/iclr2019"
)

func Example() {
	d, err := iclr2019.Open(datasets.Spec{Scheme: "iclr2019", Path: "testdata/data_p4.pkl"})
	if err != nil {
		fmt.Println(err)
		return
	}
	im := d.Train.Images
	fmt.Println(im.N, im.Height, im.Width, im.Channels, "neurons", d.NumNeurons(), "repeats", d.Test.Responses.Repeats)
	fmt.Println(d.Normalisation.Method)
	// Output:
	// 40 18 32 1 neurons 7 repeats 10
	// reference, before saving
}
