package twin_test

import (
	"fmt"

	"v1lab/datasets/formats"
)

// A run that is not there is an error that names it.
func Example() {
	_, err := formats.Open("model:/nowhere?images=simulated:&repeats=5")
	fmt.Println(err)
	// Output: data "model:/nowhere?images=simulated%3A&repeats=5": run folder /nowhere: no config.yaml there; accepted: a folder that v1lab fit made
}
