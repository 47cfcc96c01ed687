package sessions_test

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/experiments/sessions"
	"v1lab/v1model/fit"
)

// small is a model that compiles in a moment.
func small(t *testing.T, name string, settings ...string) compare.Model {
	t.Helper()
	config, err := v1model.Load("quickstart", append([]string{"core.rotations=4", "core.filter_sizes=5", "core.features=2", "core.strides=1", "core.padding=valid",
		"core.activations=softplus", "core.smoothness_rel=1", "core.sparsity_rel=1", "fit.batch=20", "fit.validate_every=2", "fit.max_steps=4"}, settings...)...)
	if err != nil {
		t.Fatal(err)
	}
	return compare.Model{Name: name, Config: config}
}

const simulation = "simulated:?neurons=6&images=60&val=20&test=16&repeats=3&height=16&width=16&seed=1"

func text(r *sessions.Report) string { return string(r.Markdown("figures/sessions.png")) }

// Two recordings of the same images have a core of their own and a joint one. What is interrupted goes on, and a report is what the runs say.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("fits models")
	}
	backend := pjrttest.Backend(t)
	plan := sessions.Plan{
		Recordings: []string{simulation + "&neuron_share=0.5&subset_seed=1", simulation + "&neuron_share=0.5&subset_seed=2"},
		Models:     []compare.Model{small(t, "turning"), small(t, "plain", "core.kind=cnn", "core.rotations=1", "core.features=3")},
		Search:     []float64{0.004, 0.05}, Seeds: 2, Dir: filepath.Join(t.TempDir(), "all"),
	}
	ctx, cancel := context.WithCancel(t.Context())
	steps, reports := 0, 0
	w := grid.Watch{Progress: func(fit.Progress) {
		if steps++; steps == 4*6+2 { // in the first fit to the second recording
			cancel()
		}
	}}
	err := plan.Run(ctx, backend, w, func(r *sessions.Report) error {
		if reports++; len(r.Recordings) != 1 || r.Fits != 6 || r.Left != 9 || !strings.Contains(text(r), "9 fits are still to be made") {
			t.Errorf("after the first recording: %+v", r)
		}
		return nil
	})
	if !errors.Is(err, fit.ErrInterrupted) || reports != 1 {
		t.Fatalf("%d reports, interrupted: %v", reports, err)
	}
	var numbers []int
	w.Started = func(s grid.Step) {
		if numbers = append(numbers, s.Number); s.All != 15 {
			t.Errorf("step %d of %d, want 15", s.Number, s.All)
		}
	}
	var r *sessions.Report
	if err := plan.Run(t.Context(), backend, w, func(now *sessions.Report) error { r = now; return nil }); err != nil {
		t.Fatal(err)
	}
	if want := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}; !slices.Equal(numbers, want) || steps != 4*15 {
		t.Errorf("fits %v, %d steps", numbers, steps)
	}
	if len(r.Recordings) != 2 || len(r.Joint) != 1 || r.Fits != 15 || r.Left != 0 {
		t.Fatalf("%+v", r)
	}
	for _, row := range r.Recordings {
		if row.Neurons != 3 || row.Train != 60 || row.Test != 16 || len(row.Models) != 2 || len(row.Differences) != 2 || row.CeilingOf != "up to 3 repeats of the test images" || row.Leaks != "" {
			t.Errorf("%+v", row)
		}
		for _, s := range row.Models {
			best := s.Search[0]
			if s.Search[1].Fit.ValLoss < best.Fit.ValLoss {
				best = s.Search[1]
			}
			if len(s.Fits) != 2 || s.Sparsity != best.Sparsity || s.Fits[0] != best.Fit || !s.AtEdge || s.Fits[1].Seed != 2 {
				t.Errorf("%s, %s: %+v", row.Name, s.Name, s)
			}
			near(t, s.Name, float64(s.Corr.Mean), float64(s.Fits[0].TestCorr+s.Fits[1].TestCorr)/2)
			if !(s.Corr.Images > 0 && s.Corr.Together > 0 && s.Corr.Neurons > 0 && s.Corr.Seeds > 0) {
				t.Errorf("%s: %+v", s.Name, s.Corr)
			}
			near(t, "share", float64(s.FractionOfCeiling), float64(s.Corr.Mean/row.Ceiling))
		}
		near(t, "difference", float64(row.Differences[0].Mean), float64(row.Models[0].Corr.Mean-row.Models[1].Corr.Mean))
		near(t, "difference with ridge", float64(row.Differences[1].Mean), float64(row.Models[0].Corr.Mean-row.Ridge.Corr.Mean))
	}
	joint := r.Joint[0]
	if joint.Name != "simulated+simulated-2" || joint.Train != 120 || joint.Of != 120 || len(joint.Score.Fits) != 2 || len(joint.Recordings) != 2 {
		t.Errorf("%+v", joint)
	}
	sum := 0.0
	for i, m := range joint.Recordings {
		near(t, "alone", float64(m.Alone.Mean), float64(r.Recordings[i].Models[0].Corr.Mean))
		near(t, "gain", float64(m.Gain.Mean), float64(m.Joint.Mean-m.Alone.Mean))
		sum += float64(m.Joint.Mean) / 2 // both have 3 neurons
	}
	near(t, "joint", sum, float64(joint.Score.Corr.Mean))
	page := text(r)
	for _, want := range []string{"## Test correlation", "## Differences", "## What was chosen", "## One core for recordings that share images", "(figures/sessions.png)"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if strings.Contains(page, "NaN") {
		t.Errorf("NaN in\n%s", page)
	}
	for _, table := range r.Tables() {
		for _, row := range table.Rows {
			if len(row) != len(table.Header) {
				t.Errorf("%s: %d cells under %d titles: %q", table.Title, len(row), len(table.Header), row)
			}
		}
	}
}

// A session of macaque V4, which lies beside the checkout if at all: every image is in the part that the file says, and averages of it are scored.
func TestV4(t *testing.T) {
	path := filepath.Join("..", "..", "..", "..", "shared", "data", "v4", "v4_210305.npz")
	if _, err := os.Stat(path); os.IsNotExist(err) {
		t.Skip("no recordings beside this checkout")
	}
	if testing.Short() {
		t.Skip("fits a model")
	}
	plan := sessions.Plan{
		Recordings: []string{"npz:" + path + "?clean_leaks=true"}, Models: []compare.Model{small(t, "turning")}, Seeds: 1, Dir: t.TempDir(),
	}
	err := plan.Run(t.Context(), pjrttest.Backend(t), grid.Watch{}, func(r *sessions.Report) error {
		row := r.Recordings[0]
		if row.Name != "v4_210305" || row.Neurons != 70 || row.Train != 280 || row.Val != 23 || row.Test != 52 || row.Leaks != "" || row.CeilingOf != "" || len(r.Joint) != 0 || row.Models[0].Search != nil {
			t.Errorf("V4: %+v", row)
		}
		if math.Abs(float64(row.Ridge.Corr.Mean)-0.360) > 0.0015 || len(row.Models[0].Fits) != 1 {
			t.Errorf("V4: ridge %+v, %+v", row.Ridge, row.Models[0])
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestRefuses(t *testing.T) {
	one := small(t, "one")
	for want, p := range map[string]sessions.Plan{
		"no recordings":              {Models: []compare.Model{one}, Seeds: 1},
		"no models":                  {Recordings: []string{simulation}, Seeds: 1},
		"0 seeds":                    {Recordings: []string{simulation}, Models: []compare.Model{one}},
		"readout.sparsity 1 to":      {Recordings: []string{simulation}, Models: []compare.Model{one}, Seeds: 1, Search: []float64{1, 2, 1}},
		"readout.sparsity -1 to":     {Recordings: []string{simulation}, Models: []compare.Model{one}, Seeds: 1, Search: []float64{-1}},
		"/nowhere.npz":               {Recordings: []string{simulation, "npz:/nowhere.npz"}, Models: []compare.Model{one}, Seeds: 1},
		"wide, data \"" + simulation: {Recordings: []string{simulation}, Models: []compare.Model{one, small(t, "wide", "core.filter_sizes=40")}, Seeds: 1},
	} {
		p.Dir = filepath.Join(t.TempDir(), "no")
		err := p.Run(t.Context(), nil, grid.Watch{}, nil)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want %q", err, want)
		}
		if _, err := os.Stat(p.Dir); err == nil {
			t.Errorf("%s: a folder was made", want)
		}
	}
}

func TestNames(t *testing.T) {
	got := sessions.Names([]string{"npz:/a/v4_1.npz?seed=2", "npz:/b/v4_1.npz", "simulated:?seed=1", "simulated:", "npy:folder/", "sensorium:a.zip,b.zip"})
	if want := []string{"v4_1", "v4_1-2", "simulated", "simulated-2", "folder", "a.zip,b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func near(t *testing.T, name string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-6) {
		t.Errorf("%s: %g, want %g", name, got, want)
	}
}
