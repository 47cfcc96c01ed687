package cadena2019_test

import (
	"fmt"

	"v1lab/datasets"
	"v1lab/datasets/cadena2019"
)

func Example() {
	spec, err := datasets.ParseSpec("cadena2019:testdata/data_p4.pkl?incomplete=drop")
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := cadena2019.Open(spec)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.Train.Images.N, d.Val.Images.N, d.Test.Images.N, "images of height", d.Train.Images.Height)
	fmt.Println(d.NumNeurons(), "neurons, repeats", d.Test.Responses.Repeats)
	// Output:
	// 19 5 6 images of height 7
	// 4 neurons, repeats 4
}
