package datafigures_test

import (
	"fmt"
	"log"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/notebooks/datafigures"
	"v1lab/notebooks/display"
)

func Example() {
	d, err := formats.OpenRaw("simulated:?neurons=8&images=600&val=20&test=24&repeats=4&height=16&width=16")
	if err != nil {
		log.Fatal(err)
	}
	display.Table(datafigures.Parts(d))
	fmt.Println(datafigures.Verdict(datasets.Check(d)))
	_, err = datafigures.Positions(d)
	fmt.Println(err)
	// Output:
	// part	images	pixels	trials per image	neurons
	// training	600	16 x 16	1	8
	// validation	20	16 x 16	1	8
	// test	24	16 x 16	4	8
	// nothing found
	// positions on cortex are not known
}
