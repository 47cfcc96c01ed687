package nwb2_test

import (
	"fmt"

	"v1lab/datasets"
	"v1lab/datasets/internal/nwb2"
)

func Example() {
	const file = "testdata/ophys.nwb" // by pynwb: 12 scenes, each shown three times, and dF/F of three cells
	version, err := nwb2.Version(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(version, nwb2.Is(version))
	d, err := nwb2.Open(datasets.Spec{Scheme: "nwb", Path: file})
	if err != nil {
		fmt.Println(err)
		return
	}
	w := d.Preparation[0].Window
	fmt.Printf("%d neurons, %d presentations, windows of %.2f to %.2f s, images in the order of %s\n", d.NumNeurons(), w.Presentations, w.Shortest, w.Longest, w.Order)
	// Output:
	// 2.11.0 true
	// 3 neurons, 36 presentations, windows of 0.25 to 0.25 s, images in the order of order_of_images
}
