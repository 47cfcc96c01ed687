package lab_test

import (
	"fmt"
	"os"

	"v1lab/notebooks/lab"
)

func Example() {
	os.Setenv("V1LAB_PARAM_SEED", "7") // as v1lab notebook --set seed=7 does
	fmt.Println(lab.Param("seed", "1"), lab.Param("data", "simulated:"), lab.Settings("fit.batch=32; fit.max_steps=50"))
	// Output:
	// 7 simulated: [fit.batch=32 fit.max_steps=50]
}
