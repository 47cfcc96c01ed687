package formats_test

import (
	"fmt"

	"v1lab/datasets/formats"
)

func ExampleOpen() {
	d, err := formats.Open("simulated:?neurons=5&images=100&val=20&test=10&repeats=4&seed=3")
	if err != nil {
		fmt.Println(err)
		return
	}
	im := d.Train.Images
	fmt.Println(im.N, im.Height, im.Width, im.Channels, "neurons", d.NumNeurons(), "repeats", d.Test.Responses.Repeats)

	_, err = formats.Open("avi:recording.avi")
	fmt.Println(err)
	// Output:
	// 100 24 24 1 neurons 5 repeats 4
	// data "avi:recording.avi": unknown scheme "avi", want allen, antolik2016, cadena2019, csv, hdf5, iclr2019, mat, npy, npz, nwb, sensorium, simulated, zarr
}
