package recording_test

import (
	"fmt"
	"log"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/notebooks/display"
	"v1lab/notebooks/recording"
)

func Example() {
	d, err := formats.OpenRaw("simulated:?neurons=8&images=600&val=20&test=24&repeats=4&height=16&width=16")
	if err != nil {
		log.Fatal(err)
	}
	display.Table(recording.Parts(d))
	fmt.Println(recording.Verdict(datasets.Check(d)))
	_, err = recording.Positions(d)
	fmt.Println(err)
	// Output:
	// part	images	pixels	trials per image	neurons
	// training	600	16 x 16	1	8
	// validation	20	16 x 16	1	8
	// test	24	16 x 16	4	8
	// nothing found
	// positions on cortex are not known
}
