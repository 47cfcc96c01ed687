package fit_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"v1lab/datasets"
	"v1lab/datasets/simulated"
	"v1lab/kernels/pjrt"
	"v1lab/v1model"
	"v1lab/v1model/fit"
)

func Example() {
	ctx := context.Background()
	backend, err := pjrt.Backend(ctx, "", os.Stderr)
	if err != nil {
		fmt.Println(err)
		return
	}
	c := simulated.Default()
	c.Neurons, c.Images, c.Val, c.Test = 5, 200, 40, 10
	data, err := simulated.Generate(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := datasets.Normalise(data); err != nil {
		fmt.Println(err)
		return
	}
	config, err := v1model.Load("quickstart", "core.rotations=4", "core.features=2,2,2", "core.filter_sizes=5,3,3", "fit.validate_every=10", "fit.max_steps=20")
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "runs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	result, _, err := fit.Run(ctx, backend, data, config, filepath.Join(dir, "first"), fit.Options{
		Progress: func(p fit.Progress) {
			if p.Metric != nil {
				fmt.Println("validated at step", p.Steps, "of", p.MaxSteps)
			}
		},
	})
	fmt.Println(result.Reason, result.Steps, err)
	// Output:
	// validated at step 10 of 20
	// validated at step 20 of 20
	// max_steps 20 <nil>
}
