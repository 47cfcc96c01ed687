package tfcheckpoint_test

import (
	"fmt"

	"v1lab/v1model/tfcheckpoint"
)

func Example() {
	c, err := tfcheckpoint.Open("testdata/tf_checkpoint")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(c.Names()), "variables, the last is", c.Names()[len(c.Names())-1])
	coeffs, err := c.Read("core/conv1/coeffs")
	fmt.Println(coeffs.Shape, coeffs.Type(), err)

	_, err = c.Read("core/conv1/filters")
	fmt.Println(err)
	// Output:
	// 41 variables, the last is readout/masks/Adam_1
	// [28 1 3] float32 <nil>
	// testdata/tf_checkpoint/model.ckpt: no variable "core/conv1/filters", found beta1_power, beta2_power, core/conv1/BatchNorm/beta, core/conv1/BatchNorm/beta/Adam, core/conv1/BatchNorm/beta/Adam_1, core/conv1/BatchNorm/gamma, core/conv1/BatchNorm/gamma/Adam, core/conv1/BatchNorm/gamma/Adam_1 and 33 more
}
