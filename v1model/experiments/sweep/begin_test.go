package sweep_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets/formats"
	"v1lab/v1model/experiments/sweep"
)

// A sweep is begun from values as a user writes them; asked for again, by values or by its folder alone, it is the same one, and goes on if it was stopped.
func TestBegin(t *testing.T) {
	out := filepath.Join(t.TempDir(), "sweep")
	asked := sweep.Spec{Data: recording, Space: []string{"readout.sparsity = log(1e-3, 0.1)"}, Draws: 2}
	f, err := sweep.Begin(out, asked, formats.Open)
	if err != nil {
		t.Fatal(err)
	}
	if f.Spec.Config != "ecker2019-n16" || len(f.Spec.Fingerprint) != 64 || f.Spec.Seeds != 1 || f.Spec.Draws != 2 {
		t.Errorf("%+v", f.Spec)
	}
	if err := f.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, a := range []sweep.Spec{asked, {}} {
		again, err := sweep.Begin(out, a, nil)
		if err != nil || again.Spec.ID != f.Spec.ID || again.Stopped() {
			t.Errorf("again: %v", err)
		}
	}
}

// What is asked for and cannot be is told apart from files that cannot be read, and leaves no folder.
func TestBeginMistakes(t *testing.T) {
	space := []string{"readout.sparsity=log(1e-3,1)"}
	for _, c := range []struct {
		asked sweep.Spec
		wrong bool
		want  string
	}{
		{sweep.Spec{Space: space}, true, "--data=SPEC"},
		{sweep.Spec{Data: recording}, true, "--space=KEY=RANGE"},
		{sweep.Spec{Data: recording, Space: space, Draws: -1}, true, "--draws -1; accepted: a number from 1"},
		{sweep.Spec{Data: recording, Space: space, Seeds: -2}, true, "--seeds -2"},
		{sweep.Spec{Data: recording, Space: space, Config: "nonsuch"}, true, "--config: "},
		{sweep.Spec{Data: recording, Space: space, Set: []string{"fit.btch=3"}}, true, "fit.btch"},
		{sweep.Spec{Data: recording, Space: []string{"readout.sparsity=log(0,1)"}}, true, "--space: "},
		{sweep.Spec{Data: recording, Space: space, Search: "magic"}, true, "magic"},
		{sweep.Spec{Data: "npz:none.npz", Space: space}, false, "none.npz"},
	} {
		out := filepath.Join(t.TempDir(), "sweep")
		_, err := sweep.Begin(out, c.asked, formats.Open)
		if err == nil || errors.Is(err, sweep.ErrAsked) != c.wrong || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q", err, c.want)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%s: left a folder", c.want)
		}
	}
}

// The folder of a sweep stands for all runs of its five best draws, any other path for itself.
func TestMembers(t *testing.T) {
	few := small("random", false)
	few.Draws, few.Slice = 2, 100
	f := create(t, few)
	if _, _, err := sweep.Members(f.Path); err == nil || !strings.Contains(err.Error(), "no draw of the sweep") {
		t.Errorf("of a new one: %v", err)
	}
	s := finish(t, f, 1, func(int) int { return 0 })
	runs, state, err := sweep.Members(f.Path)
	if err != nil || state.State != sweep.Finished || len(runs) != 4 || !slices.Equal(runs[:2], s.Best(1)[0].Runs) {
		t.Errorf("%q, %v", runs, err)
	}
	if own, state, err := sweep.Members(runs[0]); err != nil || state != nil || !slices.Equal(own, runs[:1]) {
		t.Errorf("of a run: %q, %v", own, err)
	}
}
