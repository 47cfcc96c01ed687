package compare_test

import (
	"context"
	"fmt"
	"os"

	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt"
	"v1lab/v1model"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/experiments/grid"
)

func Example() {
	ctx := context.Background()
	backend, err := pjrt.Backend(ctx, "", os.Stderr)
	if err != nil {
		fmt.Println(err)
		return
	}
	data, err := formats.Open("simulated:?neurons=5&images=100&val=20&test=10&height=16&width=16")
	if err != nil {
		fmt.Println(err)
		return
	}
	var models []compare.Model
	for _, preset := range []string{"quickstart", "quickstart-cnn32"} {
		config, err := v1model.Load(preset, "core.filter_sizes=5", "core.features=2", "core.strides=1", "core.padding=valid", "core.activations=softplus",
			"core.smoothness_rel=1", "core.sparsity_rel=1", "fit.batch=50", "fit.validate_every=1", "fit.max_steps=2")
		if err != nil {
			fmt.Println(err)
			return
		}
		models = append(models, compare.Model{Name: preset, Config: config})
	}
	dir, err := os.MkdirTemp("", "comparison")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	report, err := compare.Run(ctx, backend, data, models, 1, dir, grid.Watch{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range report.Models {
		fmt.Printf("%s: %d maps, %d steps with seed %d\n", m.Name, m.Maps, m.Best.Steps, m.Best.Seed)
	}
	// Output:
	// quickstart: 16 maps, 2 steps with seed 1
	// quickstart-cnn32: 2 maps, 2 steps with seed 1
}
