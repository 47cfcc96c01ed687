package study_test

import (
	"fmt"

	"v1lab/v1model/experiments/study"
)

func ExamplePlan_Conditions() {
	plan, err := study.NewPlan(study.CPU, "", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	plan.Shares, plan.Search = []float64{0.25}, nil
	conditions, err := plan.Conditions(study.Efficiency)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range conditions {
		fmt.Println(c.Name, c.Config.Core.Kind, c.Config.Core.Features)
	}
	// Output:
	// equivariant-8 hermite [6 6 8]
	// cnn-8 cnn [48 48 64]
	// equivariant-8-images0.25 hermite [6 6 8]
	// cnn-8-images0.25 cnn [48 48 64]
}
