package nwb_test

import (
	"fmt"
	"os"
	"path/filepath"

	"v1lab/datasets"
	"v1lab/datasets/nwb"
)

func Example() {
	dir, err := unpacked() // of testdata/nwb.zip
	if err != nil {
		fmt.Println(err)
		return
	}
	spec, err := datasets.ParseSpec("nwb:" + filepath.Join(dir, "scenes.nwb") + "?test=3")
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := nwb.Open(spec)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	w := d.Preparation[0].Window
	fmt.Println(d.Train.Images.N, "images to train on,", d.Test.Images.N, "to test with", d.Test.Responses.Repeats, "repeats")
	fmt.Println(w.Presentations, "presentations; the", w.Measure, "of", w.Responses[0])
	fmt.Println(d.Train.Covariates.Names, d.Neurons[0].ID)
	// Output:
	// 8 images to train on, 3 to test with 3 repeats
	// 36 presentations; the mean of processing/ophys/DfOverF/DfOverF
	// [running speed pupil location x pupil location y] 517471959
}
