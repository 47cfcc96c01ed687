package report_test

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/notebooks/report"
	"v1lab/v1model"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/features"
	"v1lab/v1model/fit"
	"v1lab/v1model/fitted"
	"v1lab/v1model/jsonfloat"
)

// small is a fitted run.
func small(t *testing.T) *fitted.Run {
	t.Helper()
	data, err := formats.Open("simulated:?neurons=8&images=60&val=30&test=20&repeats=4&height=16&width=16")
	if err != nil {
		t.Fatal(err)
	}
	config, err := v1model.Load("quickstart", "core.features=2,2,2", "core.filter_sizes=5,3,3", "core.rotations=4", "fit.batch=20", "fit.validate_every=2", "fit.max_steps=4")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "run")
	if _, _, err := fit.Run(context.Background(), pjrttest.Backend(t), data, config, path, fit.Options{}); err != nil {
		t.Fatal(err)
	}
	return opened(t, path)
}

func opened(t *testing.T, path string) *fitted.Run {
	t.Helper()
	run, err := fitted.Open(t.Context(), path, fitted.Options{Device: fitted.On(pjrttest.Backend(t))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := run.Close(); err != nil {
			t.Error(err)
		}
	})
	return run
}

func TestDrawAndSave(t *testing.T) {
	run := small(t)
	draw := func(run *fitted.Run) (all []report.Named, names []string) {
		t.Helper()
		all, failures := report.Draw(t.Context(), report.NewMaterial(run, report.Given{}), report.DrawnBy(report.VerbFigures))
		for _, f := range failures {
			t.Error(f)
		}
		for _, f := range all {
			names = append(names, f.Name)
		}
		return all, names
	}
	alone := opened(t, run.Path)
	alone.Dataset.Spec = "npz:/nowhere.npz"
	if _, got := draw(alone); !slices.Equal(got, []string{"loss", "filters", "masks", "power", "weights_in_use", "active_features", "strongest_feature", "feature_use", "templates"}) {
		t.Errorf("without data: %v", got)
	}
	all, got := draw(run)
	if want := []string{"loss", "filters", "masks", "power", "weights_in_use", "active_features", "strongest_feature", "feature_use", "templates", "images", "correlation", "ceiling", "clusters"}; !slices.Equal(got, want) {
		t.Errorf("with data: %v, want %v", got, want)
	}
	dir := filepath.Join(t.TempDir(), "new", "figures")
	paths, err := report.Save(dir, all[:2])
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) != 4 {
		t.Errorf("%d files, want 4", len(paths))
	}
	for _, p := range paths {
		if info, err := os.Stat(p); err != nil || info.Size() < 500 {
			t.Errorf("%s: %v, %v", p, info, err)
		}
	}

	// A neuron that was silent in training is shown as dead, with no weights.
	silent := opened(t, run.Path)
	silent.Dataset.Silent = []int{3}
	r, err := report.ReadoutOf(silent)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Dead[3] || slices.Contains(r.Dead[:3], true) || slices.Max(r.Weights.At(3)) != 0 || r.Weights.Power().Group()[3] != -1 {
		t.Errorf("dead %v, weights %v", r.Dead, r.Weights.At(3))
	}
	drawn := func(r report.Readout) []byte {
		t.Helper()
		f, err := report.Masks(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		var svg bytes.Buffer
		if err := f.WriteSVG(&svg); err != nil {
			t.Fatal(err)
		}
		return svg.Bytes()
	}
	living := r
	living.Dead = nil
	if bytes.Equal(drawn(r), drawn(living)) {
		t.Error("masks: the dead neuron is not marked")
	}
	if _, err := report.PowerMatrix(r, nil); err != nil {
		t.Error(err)
	}
}

// A recording without repeats has no ceiling: the histogram goes without, the scatter is an error.
func TestNoCeiling(t *testing.T) {
	nan := jsonfloat.Float(math.NaN())
	r := &evaluate.Report{Neurons: []evaluate.Neuron{{TestCorr: 0.5, Ceiling: nan}, {TestCorr: 0.6, Ceiling: nan}}}
	if _, err := report.CorrelationHistogram(r); err != nil {
		t.Error(err)
	}
	if _, err := report.CorrelationScatter(r, nil); err == nil {
		t.Error("scatter without ceilings: no error")
	}
}

// Types that no neuron has, and clusters that hold none of known type, still have their row and column.
func TestClustersWithGaps(t *testing.T) {
	c := features.Clustering{K: 3, Labels: []int{0, 0, 1, -1, 2}}
	truth := &datasets.Truth{TypeNames: []string{"a", "b", "c", "d"}, Type: []int{0, 1, 1, 0, 0}}
	if _, err := report.Clusters(c, truth); err != nil {
		t.Error(err)
	}
	if _, err := report.Clusters(c, nil); err == nil {
		t.Error("without truth: no error")
	}
}

func TestColourImages(t *testing.T) {
	pixels := make([]float32, 2*4*5*3)
	for i := range pixels {
		pixels[i] = float32(i % 7)
	}
	data := &datasets.Dataset{Train: datasets.Part{Images: datasets.Images{N: 2, Height: 4, Width: 5, Channels: 3, Pixels: pixels}}}
	if _, err := report.ExampleImages(data); err != nil {
		t.Error(err)
	}
}
