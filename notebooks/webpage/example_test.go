package webpage_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt"
	"v1lab/notebooks/webpage"
	"v1lab/v1model"
	"v1lab/v1model/fit"
	"v1lab/v1model/fitted"
)

func ExampleWrite() {
	ctx := context.Background()
	backend, err := pjrt.Backend(ctx, "", os.Stderr)
	if err != nil {
		log.Fatal(err)
	}
	data, err := formats.Open("simulated:?neurons=5&images=60&val=20&test=10&repeats=3&height=16&width=16")
	if err != nil {
		log.Fatal(err)
	}
	config, err := v1model.Load("quickstart", "core.filter_sizes=5", "core.features=2", "core.strides=1", "core.padding=valid", "core.activations=softplus",
		"core.smoothness_rel=1", "core.sparsity_rel=1", "fit.batch=20", "fit.validate_every=2", "fit.max_steps=4")
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "page")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "first")
	if _, _, err := fit.Run(ctx, backend, data, config, path, fit.Options{}); err != nil {
		log.Fatal(err)
	}
	run, err := fitted.Open(ctx, path, fitted.Options{Device: fitted.On(backend)})
	if err != nil {
		log.Fatal(err)
	}
	var html bytes.Buffer
	if err := webpage.Write(ctx, &html, []*fitted.Run{run}, webpage.Options{Made: time.Now()}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Contains(html.String(), "<title>first</title>"), strings.Count(html.String(), "<img "))
	// Output:
	// true 19
}
