package compare_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/fit"
	"v1lab/v1model/fitted"
)

func recording(t *testing.T, seed string) *datasets.Dataset {
	t.Helper()
	d, err := formats.Open("simulated:?neurons=4&images=40&val=10&test=8&repeats=3&height=16&width=16&seed=" + seed)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// small is a model that compiles in a moment.
func small(t *testing.T, name string, settings ...string) compare.Model {
	t.Helper()
	config, err := v1model.Load("quickstart", append([]string{"core.rotations=4", "core.filter_sizes=5", "core.features=2", "core.strides=1", "core.padding=valid",
		"core.activations=softplus", "core.smoothness_rel=1", "core.sparsity_rel=1", "fit.batch=10", "fit.validate_every=2", "fit.max_steps=4"}, settings...)...)
	if err != nil {
		t.Fatal(err)
	}
	return compare.Model{Name: name, Config: config}
}

// A comparison that is interrupted or asked for more seeds goes on, and its report says what the run folders hold.
func TestRun(t *testing.T) {
	data, backend, dir := recording(t, "1"), pjrttest.Backend(t), filepath.Join(t.TempDir(), "all")
	models := []compare.Model{small(t, "turning"), small(t, "plain", "core.kind=cnn", "core.rotations=1", "core.features=3")}
	ctx, cancel := context.WithCancel(t.Context())
	steps := 0
	_, err := compare.Run(ctx, backend, data, models, 1, dir, grid.Watch{Progress: func(fit.Progress) {
		if steps++; steps == 5 { // the second model's first
			cancel()
		}
	}})
	if !errors.Is(err, fit.ErrInterrupted) || !strings.Contains(err.Error(), "plain, seed 1: ") {
		t.Fatalf("interrupted: %v", err)
	}
	var over []string
	report, err := compare.Run(t.Context(), backend, data, models, 2, dir, grid.Watch{Started: func(s grid.Step) {
		if s.Over {
			over = append(over, filepath.Base(s.Path))
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(over) != 1 || over[0] != "turning-seed1" {
		t.Errorf("over already: %v, want turning alone", over)
	}
	for i, want := range []int{8, 3} {
		row := report.Models[i]
		if row.Name != models[i].Name || row.Maps != want || len(row.Fits) != 2 {
			t.Fatalf("row %d: %+v", i, row)
		}
		a, b := row.Fits[0], row.Fits[1]
		if mean := (a.TestCorr + b.TestCorr) / 2; math.Abs(float64(mean-row.MeanCorr)) > 1e-12 || math.Abs(math.Abs(float64(a.TestCorr-b.TestCorr))/math.Sqrt2-float64(row.SDCorr)) > 1e-12 {
			t.Errorf("%s: mean %g and SD %g of %g and %g", row.Name, row.MeanCorr, row.SDCorr, a.TestCorr, b.TestCorr)
		}
		if row.Best.ValLoss != min(a.ValLoss, b.ValLoss) {
			t.Errorf("%s: the best has validation loss %g, of %g and %g", row.Name, row.Best.ValLoss, a.ValLoss, b.ValLoss)
		}
		for _, f := range row.Fits[i : i+1] {
			run, err := fitted.Open(t.Context(), f.Run, fitted.Options{Device: fitted.On(backend)})
			if err != nil {
				t.Fatal(err)
			}
			scores, err := run.Scores(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if run.Config.Fit.Seed != f.Seed || scores.TestCorr != f.TestCorr || scores.ValLoss != f.ValLoss || scores.Ceiling != report.Ceiling || f.Steps != 4 {
				t.Errorf("%s: %+v, the folder says seed %d, %+v", f.Run, f, run.Config.Fit.Seed, scores)
			}
		}
	}

	other := small(t, "turning", "fit.batch=9")
	_, err = compare.Run(t.Context(), backend, data, []compare.Model{other}, 1, dir, grid.Watch{})
	oneLine(t, err, "turning-seed1: fitted with another config")
	_, err = compare.Run(t.Context(), backend, recording(t, "2"), models, 1, dir, grid.Watch{})
	oneLine(t, err, "turning-seed1: fitted to other data")
}

// All that can be wrong is found before anything is fitted.
func TestRunRefuses(t *testing.T) {
	data, dir := recording(t, "1"), filepath.Join(t.TempDir(), "no")
	good := small(t, "good")
	for want, c := range map[string]struct {
		models []compare.Model
		seeds  int
	}{
		"no models":                   {nil, 1},
		"0 seeds":                     {[]compare.Model{good}, 0},
		"good is named twice":         {[]compare.Model{good, good}, 1},
		`name "a/b"`:                  {[]compare.Model{good, small(t, "a/b")}, 1},
		"wide: core.filter_sizes: 40": {[]compare.Model{good, small(t, "wide", "core.filter_sizes=40")}, 1},
	} {
		_, err := compare.Run(t.Context(), pjrttest.Backend(t), data, c.models, c.seeds, dir, grid.Watch{})
		oneLine(t, err, want)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder was made")
	}
}

func oneLine(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line with %q", err, want)
	}
}
