package grid_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
)

const recording = "simulated:?neurons=4&images=40&val=10&test=8&repeats=3&height=16&width=16&seed=1"

func named(spec string) func(uint64) runfolder.Dataset {
	return func(uint64) runfolder.Dataset { return runfolder.Dataset{Spec: spec} }
}

// condition is a kind of fit that compiles in a moment and has four steps.
func condition(t *testing.T, name, coreOf string, settings ...string) grid.Condition {
	t.Helper()
	config, err := v1model.Load("quickstart", append([]string{"core.rotations=4", "core.filter_sizes=5", "core.features=2", "core.strides=1", "core.padding=valid",
		"core.activations=softplus", "core.smoothness_rel=1", "core.sparsity_rel=1", "fit.batch=10", "fit.validate_every=2", "fit.max_steps=4"}, settings...)...)
	if err != nil {
		t.Fatal(err)
	}
	return grid.Condition{Name: name, Config: config, CoreOf: coreOf, Data: named(recording)}
}

func small(t *testing.T) *grid.Grid {
	t.Helper()
	return &grid.Grid{
		Dir: filepath.Join(t.TempDir(), "grid"), Seeds: 2, Open: formats.Open,
		Conditions: []grid.Condition{condition(t, "main", ""), condition(t, "kept", "main", "fit.batch=20")},
	}
}

// A grid that is interrupted goes on: every fit is made once and handed over once, and steps are numbered through.
func TestRun(t *testing.T) {
	g, backend := small(t), pjrttest.Backend(t)
	ctx, cancel := context.WithCancel(t.Context())
	steps := 0
	g.Progress = func(fit.Progress) {
		if steps++; steps == 6 { // in the second fit
			cancel()
		}
	}
	if err := g.Run(ctx, backend, func(grid.Done) error { return nil }); !errors.Is(err, fit.ErrInterrupted) || !strings.HasPrefix(err.Error(), "kept, seed 1: ") {
		t.Fatalf("interrupted: %v", err)
	}
	if all, left, err := g.Count(); all != 4 || left != 3 || err != nil {
		t.Errorf("%d fits, %d left, %v", all, left, err)
	}
	var over []bool
	var names []string
	g.Started = func(s grid.Step) {
		over = append(over, s.Over)
		if s.Number != len(over) || s.All != 4 {
			t.Errorf("step %d of %d, want %d of 4", s.Number, s.All, len(over))
		}
	}
	err := g.Run(t.Context(), backend, func(d grid.Done) error {
		names = append(names, filepath.Base(d.Run.Path))
		if data, err := d.Open(t.Context()); err != nil || data.Spec != recording || d.Result.Steps != 4 {
			t.Errorf("%s: %d steps, %v", d.Name, d.Result.Steps, err)
		}
		if seed := strings.TrimPrefix(names[len(names)-1], "kept-"); d.Name == "kept" && !strings.HasSuffix(d.Run.Config.Fit.CoreFrom.Run, "main-"+seed) {
			t.Errorf("%s has the core of %s", d.Run.Path, d.Run.Config.Fit.CoreFrom.Run)
		}
		return nil
	})
	if err != nil || steps != 16 || !slices.Equal(over, []bool{true, false, false, false}) || !slices.Equal(names, []string{"main-seed1", "kept-seed1", "main-seed2", "kept-seed2"}) {
		t.Errorf("%v: %d steps, %v were over, %v", err, steps, over, names)
	}

	g.Conditions[1] = condition(t, "kept", "main", "fit.batch=8")
	oneLine(t, g.Check(), "kept-seed1: fitted with another config")
	g.Conditions[1].Data = named("npz:other.npz")
	oneLine(t, g.Check(), "kept-seed1: fitted to other data")
}

// Two grids in one folder at the same time, as two notebooks make them: each fit is made once, by one of them, and both get all.
func TestSideBySide(t *testing.T) {
	g, backend := small(t), pjrttest.Backend(t)
	var steps, waited atomic.Int64
	g.Progress = func(fit.Progress) { steps.Add(1) }
	g.Waiting = func(grid.Step, runfolder.Writer) { waited.Add(1) }
	var both sync.WaitGroup
	var results [2]map[string]runfolder.Result
	for i := range results {
		results[i] = map[string]runfolder.Result{}
		both.Go(func() {
			err := g.Run(t.Context(), backend, func(d grid.Done) error {
				results[i][d.Run.Path] = d.Result
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if len(results[0]) != 4 || !maps.Equal(results[0], results[1]) || steps.Load() != 16 {
		t.Errorf("%d training steps, want the 16 of 4 fits; results\n%v\n%v", steps.Load(), results[0], results[1])
	}
	t.Logf("looked %d times at a fit of the other", waited.Load())
}

// A grid that is stopped between two fits says so, and where it can go on.
func TestStoppedBetweenFits(t *testing.T) {
	g := small(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := g.Run(ctx, pjrttest.Backend(t), func(grid.Done) error { return nil })
	if want := "interrupted before this fit; what is over is kept in " + g.Dir; !errors.Is(err, fit.ErrInterrupted) || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

func TestRefuses(t *testing.T) {
	one := condition(t, "one", "")
	for want, g := range map[string]grid.Grid{
		"0 seeds; at least 1 is needed":    {Conditions: []grid.Condition{one}},
		"one is named twice":               {Seeds: 1, Conditions: []grid.Condition{one, one}},
		`name "a/b"`:                       {Seeds: 1, Conditions: []grid.Condition{condition(t, "a/b", "")}},
		`two: takes the core of "three"`:   {Seeds: 1, Conditions: []grid.Condition{one, condition(t, "two", "three")}},
		`early: takes the core of "one"; `: {Seeds: 1, Conditions: []grid.Condition{condition(t, "early", "one"), one}},
	} {
		g.Dir = t.TempDir()
		oneLine(t, g.Check(), want)
	}
}

// The experiment in docs/developers/experiments.md is the one of this package's tests, and works.
func TestDocumentedExperiment(t *testing.T) {
	code, err := os.ReadFile("features_test.go")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../../docs/developers/experiments.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Replace(string(code), "package grid_test", "package features", 1); !strings.Contains(string(page), "```go\n"+want+"```") {
		t.Error("docs/developers/experiments.md has another experiment than features_test.go")
	}
	if testing.Short() {
		return // fits two models; TestRun does
	}
	losses, err := FeatureLosses(t.Context(), pjrttest.Backend(t), recording, t.TempDir(), "core.rotations=4", "core.filter_sizes=3,3,3", "fit.batch=20", "fit.max_steps=2", "fit.validate_every=1")
	if err != nil || len(losses["features4"]) != 3 || len(losses["features16"]) != 3 {
		t.Errorf("losses %v, %v", losses, err)
	}
}

func oneLine(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line with %q", err, want)
	}
}
