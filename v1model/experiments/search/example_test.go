package search_test

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"v1lab/v1model/experiments/search"
)

func Example() {
	space, err := search.ParseSpace([]string{search.Paper, "fit.batch=one(128,256)"})
	if err != nil {
		fmt.Println(err)
		return
	}
	proposer, err := search.New("tpe", space, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	var finished []search.Finished
	for number := range 40 {
		values, err := proposer.Propose(number, finished)
		if err != nil {
			fmt.Println(err)
			return
		}
		loss := math.Abs(math.Log(values["readout.sparsity"].(float64) / 0.02)) // in place of a fit
		finished = append(finished, search.Finished{Number: number, Values: values, Loss: loss})
	}
	best := slices.MinFunc(finished, func(a, b search.Finished) int { return cmp.Compare(a.Loss, b.Loss) })
	fmt.Printf("%.4f\n", best.Values["readout.sparsity"])
	_, err = search.ParseSpace([]string{"core.sparsity=log(0,0.1)"})
	fmt.Println(err)
	// Output:
	// 0.0199
	// space "core.sparsity=log(0,0.1)": core.sparsity: log(0,0.1) has no logarithm; accepted: numbers above 0, or lin(0,0.1)
}
