package simulated_test

import (
	"fmt"

	"v1lab/datasets/simulated"
)

func Example() {
	c := simulated.Default()
	c.Neurons, c.Images, c.Val, c.Test = 10, 200, 50, 20
	d, err := simulated.Generate(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	sizes := map[string]int{}
	for _, k := range d.Truth.Type {
		sizes[d.Truth.TypeNames[k]]++
	}
	fmt.Println(sizes)
	fmt.Println(d.Train.Images.N, d.Val.Images.N, d.Test.Responses.Repeats)
	// Output:
	// map[centre-surround:2 complex:2 corner:2 cross-suppressed:2 simple:2]
	// 200 50 10
}
