package sweep_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/runfolder"
)

// fits are a model with two seeds, and one that takes its core.
func fits(t *testing.T) *grid.Grid {
	t.Helper()
	named := func(uint64) runfolder.Dataset { return runfolder.Dataset{Spec: recording} }
	kept := tiny(t)
	kept.Fit.Batch = 20
	return &grid.Grid{Dir: filepath.Join(t.TempDir(), "grid"), Seeds: 2, Open: formats.Open, Conditions: []grid.Condition{
		{Name: "main", Config: tiny(t), Data: named}, {Name: "kept", Config: kept, Data: named, CoreOf: "main"},
	}}
}

func list(t *testing.T, g *grid.Grid) *sweep.Folder {
	t.Helper()
	f, err := sweep.List(g)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The fits of a grid, made in slices by workers of which chance decides who is next, are those that the grid makes, to the bit; and the grid keeps them.
func TestList(t *testing.T) {
	alone, shared := fits(t), fits(t)
	if err := alone.Run(t.Context(), pjrttest.Backend(t), func(grid.Done) error { return nil }); err != nil {
		t.Fatal(err)
	}
	f := list(t, shared)
	f.Spec.Slice = 1e-6
	for task, err := range f.Tasks(read(t, f)) {
		if err != nil || task.Draw != 0 {
			t.Errorf("%+v can be made before the core that it takes, %v", task, err)
		}
	}
	state := finish(t, f, 3, rand.IntN)
	if d := cmp.Diff(outcome(t, list(t, alone), read(t, list(t, alone))), outcome(t, f, state)); d != "" {
		t.Errorf("made by the grid (-) and by workers (+) differ:\n%.2000s", d)
	}
	shared.Started = func(s grid.Step) {
		if !s.Over {
			t.Errorf("%s is made again", s.Path)
		}
	}
	shared.Workers = func(ctx context.Context, g *grid.Grid) error { t.Error("workers for fits that are over"); return nil }
	if err := shared.Run(t.Context(), pjrttest.Backend(t), func(grid.Done) error { return nil }); err != nil {
		t.Fatal(err)
	}

	shared.Seeds = 3
	if more := list(t, shared); more.Spec.ID == f.Spec.ID || read(t, more).Fits(sweep.Done) != 4 || read(t, more).State != sweep.Waiting {
		t.Errorf("with another seed: %+v", read(t, more))
	}
	old := &sweep.Worker{Folder: list(t, alone), Backend: pjrttest.Backend(t), Open: formats.Open}
	if s, err := old.Work(t.Context(), sweep.Task{Draw: 0, Seed: 2}); err != nil || s.Ended != sweep.Busy {
		t.Errorf("a task of another list: %+v, %v", s, err)
	}
}

// A fit that fails takes along those that take its core, and the sweep ends; once it may be tried anew, so may they.
func TestListFails(t *testing.T) {
	g := fits(t)
	g.Conditions[0].Config.Fit.LearningRate = 1e300
	g.Seeds = 1
	f := list(t, g)
	state := finish(t, f, 1, func(int) int { return 0 })
	if state.Count(sweep.Failed) != 2 || state.Draws[1].Error != "the fit whose core it takes failed" || state.Draws[0].Values["name"] != "main" {
		t.Errorf("%+v", state.Draws)
	}
	if again, err := f.Retry(); err != nil || len(again) == 0 || read(t, f).Count(sweep.Failed) != 0 {
		t.Errorf("tried anew: %v, %v, %+v", again, err, read(t, f).Draws)
	}
}

// A folder with a search, or a list that was changed by hand, is refused; a recording that is not there is an error of the worker, not of the fit.
func TestListRefuses(t *testing.T) {
	g := fits(t)
	g.Dir = create(t, small("random", false)).Path
	_, err := sweep.List(g)
	oneLine(t, err, "holds a sweep of a space")

	g = fits(t)
	f := list(t, g)
	w := &sweep.Worker{Folder: f, Backend: pjrttest.Backend(t), Open: func(string) (*datasets.Dataset, error) { return nil, os.ErrNotExist }}
	_, err = w.Work(t.Context(), sweep.Task{})
	oneLine(t, err, "recording: ")
	if s := read(t, f); s.State != sweep.Waiting || s.Draws[0].Attempts != 0 {
		t.Errorf("after a recording that is not there: %+v", s)
	}

	_, err = sweep.Create(g.Dir, sweep.Spec{Draws: 5}, nil)
	oneLine(t, err, "--draws 5, the sweep there is a list of 2")

	path := filepath.Join(g.Dir, "sweep.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for old, c := range map[string][2]string{
		"draws: 2":      {"draws: 3", "draws: 3, and list has 2"},
		"seeds: 2":      {"seeds: 1", "main: 2 recordings"},
		"core_of: main": {"core_of: mian", `takes the core of "mian"`},
	} {
		if err := os.WriteFile(path, bytes.Replace(text, []byte(old), []byte(c[0]), 1), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := sweep.Open(g.Dir)
		oneLine(t, err, c[1])
	}
}

func oneLine(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line with %q", err, want)
	}
}
