package fitted_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/compute"

	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt"
	"v1lab/v1model"
	"v1lab/v1model/fit"
	"v1lab/v1model/fitted"
)

// A fit, and what is known of it afterwards.
func Example() {
	ctx := context.Background()
	device := func(ctx context.Context, config v1model.Config) (compute.Backend, error) {
		return pjrt.Backend(ctx, config.Backend, os.Stderr)
	}
	data, err := formats.Open("simulated:?neurons=5&images=60&val=20&test=10&repeats=3&height=16&width=16")
	if err != nil {
		fmt.Println(err)
		return
	}
	config, err := v1model.Load("quickstart", "core.filter_sizes=5", "core.features=2", "core.strides=1", "core.padding=same",
		"core.activations=softplus", "core.smoothness_rel=1", "core.sparsity_rel=1", "fit.batch=20", "fit.max_steps=4")
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
	backend, err := device(ctx, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	path := filepath.Join(dir, "first")
	if _, _, err := fit.Run(ctx, backend, data, config, path, fit.Options{}); err != nil {
		fmt.Println(err)
		return
	}

	run, err := fitted.Open(ctx, path, fitted.Options{Device: device})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer run.Close()
	scores, err := run.Scores(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	readout, err := run.Readout()
	fmt.Println(len(scores.Neurons), "neurons, masks", readout.Masks.Shape, err)
	// Output: 5 neurons, masks [5 16 16] <nil>
}
