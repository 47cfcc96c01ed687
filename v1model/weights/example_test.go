package weights_test

import (
	"fmt"

	"v1lab/v1model/weights"
)

func Example() {
	specs := []weights.Spec{{Name: "readout/masks", Shape: []int{2, 3}, Trainable: true, Init: weights.Constant(0.5)}}
	values := weights.Init(specs, 1)
	fmt.Println(values.Float32("readout/masks"))
	values["stray"] = values["readout/masks"]
	fmt.Println(values.Check(specs))
	// Output:
	// [0.5 0.5 0.5 0.5 0.5 0.5]
	// weights: variable "stray" does not belong to this model
}
