package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"v1lab/datasets/durable"
	"v1lab/kernels/jupyter"
	"v1lab/kernels/v1labhome"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/features"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/schedule"
)

type demoCmd struct {
	Out  string `default:"v1lab-demo" placeholder:"DIR" help:"New folder for the run, the executed notebook and its HTML. Default: ./v1lab-demo."`
	Seed uint64 `default:"1" placeholder:"N" help:"Seed of the simulated neurons and of the fit."`
	JSON bool   `help:"Print the result as one line of JSON at the end."`
}

// demoResult is the last line of demo --json.
type demoResult struct {
	TestCorr          jsonfloat.Float  `json:"test_corr"`           // mean over neurons
	Ceiling           jsonfloat.Float  `json:"ceiling"`             // mean over neurons of the best possible test correlation
	FractionOfCeiling jsonfloat.Float  `json:"fraction_of_ceiling"` // the one divided by the other
	ARITruth          *jsonfloat.Float `json:"ari_truth"`           // adjusted Rand index of clusters and true types
	Seconds           float64          `json:"seconds"`             // all of it, setup included
	Run               string           `json:"run"`                 // run folder
	Notebook          string           `json:"notebook"`            // the executed notebook
	HTML              string           `json:"html"`                // the same as a page
}

const quickstart = "quickstart"

func (c *demoCmd) Run(ctx context.Context, a *app) error {
	start := time.Now()
	out, err := filepath.Abs(c.Out)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	switch _, err := os.Stat(out); {
	case err == nil && !empty(out):
		return fmt.Errorf("--out %s: exists already; accepted: a new folder, as in v1lab demo --out %s-2, or remove this one", c.Out, strings.TrimRight(c.Out, "/"))
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("--out: %w", err)
	}
	root, err := v1labhome.Root()
	if err != nil {
		return err
	}
	if err := a.exportBackend(); err != nil {
		return err
	}
	if err := durable.MkdirAll(out, 0o777); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	r := demoResult{Run: filepath.Join(out, "run"), Notebook: filepath.Join(out, quickstart+".ipynb"), HTML: filepath.Join(out, quickstart+".html")}
	watching, done := context.WithCancel(ctx)
	go follow(watching, a, r.Run)
	err = a.gracefully(func() error {
		return jupyter.Execute(ctx, jupyter.ExecuteOptions{
			Notebook: filepath.Join(root, "notebooks", quickstart+".ipynb"), Out: r.Notebook, HTML: true, Progress: a.stderr,
			Params: map[string]string{"seed": strconv.FormatUint(c.Seed, 10), "out": r.Run},
		})
	})
	done()
	if err != nil {
		_ = os.Remove(out) //nolint:errcheck // only if nothing is in it
		return err
	}
	a.sayf("measuring the run")
	if err := r.measure(ctx, a); err != nil {
		return err
	}
	r.Seconds = time.Since(start).Seconds()
	if c.JSON {
		return a.json(r)
	}
	a.printf("test correlation %s of a ceiling of %s: %.0f %%\n", show(r.TestCorr), show(r.Ceiling), 100*float64(r.FractionOfCeiling))
	if r.ARITruth != nil {
		a.printf("cell types: adjusted Rand index %s against the truth\n", show(*r.ARITruth))
	}
	a.printf("run       %s\nnotebook  %s\nhtml      %s\n%.0f s in all; v1lab lab opens the notebooks to change things\n", r.Run, r.Notebook, r.HTML, r.Seconds)
	return nil
}

// follow prints the progress of the fit in a notebook until ctx ends. It reads the validations from the run folder.
func follow(ctx context.Context, a *app, path string) {
	shown := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
		run, err := runfolder.Open(path)
		if err != nil {
			continue // not there yet
		}
		metrics, err := run.Metrics()
		if err != nil {
			continue
		}
		plan, err := run.Config.Fit.Plan()
		if err != nil {
			continue
		}
		for ; shown < len(metrics); shown++ {
			m := metrics[shown]
			a.sayf("  %s: validation loss %.6g (%.0f s)", schedule.Where(m.Step, plan.MaxSteps(), m.Stage, plan.Stages()), float64(m.ValLoss), m.Seconds)
		}
	}
}

// measure computes the scores from the run folder that the notebook made, not from the notebook's output.
func (r *demoResult) measure(ctx context.Context, a *app) error {
	run, err := a.open(ctx, r.Run, "")
	if err != nil {
		return err
	}
	defer run.Close() //nolint:errcheck // frees memory only
	scores, err := run.Scores(ctx)
	if err != nil {
		return err
	}
	clusters, err := run.Cluster(ctx, features.Options{})
	if err != nil {
		return err
	}
	types, err := celltypes.Compare([]features.Clustering{clusters}, run.Truth())
	if err != nil {
		return err
	}
	r.TestCorr, r.Ceiling, r.FractionOfCeiling, r.ARITruth = scores.TestCorr, scores.Ceiling, scores.FractionOfCeiling, types.ARITruth
	return nil
}
