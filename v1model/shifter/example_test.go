package shifter_test

import (
	"fmt"

	"v1lab/v1model/shifter"
	"v1lab/v1model/weights"
)

func Example() {
	c := shifter.Config{Kind: shifter.MLP, Covariates: []string{"pupil_x", "pupil_y"}, Layers: 1}
	values := weights.Init(c.Specs(0), 1)
	copy(values.Float32(shifter.WeightsName(0)), []float32{1, 0, 0, 1}) // each coordinate by itself
	shift := c.At(values, []float32{0.1, -0.2})
	fmt.Printf("%.4f %.4f\n", shift[0], shift[1])
	// Output: 0.0997 -0.1974
}
