package covariates_test

import (
	"fmt"

	"v1lab/datasets"
	"v1lab/v1model/covariates"
)

func Example() {
	trials := datasets.Covariates{Names: []string{"running", "pupil"}, Values: []float32{0, 10, 2, 11, 4, 12}}
	pupil, err := covariates.Columns(trials, []string{"pupil"})
	fmt.Println(pupil, err)
	_, err = covariates.Columns(trials, []string{"whisking"})
	fmt.Println(err)
	// Output:
	// [10 11 12] <nil>
	// covariate "whisking": not in the recording; accepted: running, pupil
}
