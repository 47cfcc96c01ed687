package hdf5_test

import (
	"fmt"

	"v1lab/datasets"
	"v1lab/datasets/hdf5"
)

func Example() {
	spec, err := datasets.ParseSpec("hdf5:testdata/first.h5?channels=first")
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := hdf5.Open(spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	im := d.Train.Images
	fmt.Println(im.N, im.Height, im.Width, im.Channels, "neurons", d.NumNeurons())
	// Output:
	// 16 4 5 3 neurons 2
}
