package v1labtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"v1lab/v1model/experiments/sweep"
)

// A comparison by workers is stopped and goes on; a fit that failed in it can be tried anew; a worker of another terminal says when the list is over.
func TestStopAndRetryOfLists(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	t.Parallel()
	text, err := os.ReadFile(config())
	if err != nil {
		t.Fatal(err)
	}
	diverging := filepath.Join(t.TempDir(), "diverging.yaml")
	if err := os.WriteFile(diverging, []byte(strings.Replace(string(text), "batch: 20", "batch: 20, learning_rate: 1e30", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "list")
	compare := []string{"compare", "--data", recording, "--presets", config() + "," + diverging, "--set", "fit.max_steps=400", "--set", "fit.patience=1000", "--workers", "2", "--out", out}
	p := start(t, compare...)
	p.Until(t, "worker 1: ")
	f, err := sweep.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Stop(); err != nil { // at once; the verb waits until all have ended
		t.Fatal(err)
	}
	works(t, "sweep", "stop", "--out", out)
	if state := p.End(t); state.ExitCode() != failed || !strings.Contains(p.Said(), "the sweep was stopped") || !strings.Contains(p.Said(), "the same command goes on") {
		t.Fatalf("%v: %s", state, p.Said())
	}
	if s := sweepState(t, out); s.State != sweep.Stopped || s.Fits(sweep.Running) != 0 {
		t.Errorf("%s, %d fits under way", s.State, s.Fits(sweep.Running))
	}
	works(t, compare...)
	s := sweepState(t, out)
	if s.State != sweep.Finished || s.Draws[0].State != sweep.Done || s.Draws[1].State != sweep.Failed || !strings.Contains(s.Draws[1].Error, "diverged") {
		t.Errorf("%s: %+v", s.State, s.Draws)
	}
	works(t, "sweep", "report", "--out", out)
	works(t, "sweep", "retry", "--out", out)
	if s := sweepState(t, out); s.State != sweep.Waiting || s.Draws[1].State != sweep.Unfinished {
		t.Errorf("to be tried anew: %s, draw 1 %s", s.State, s.Draws[1].State)
	}
	w := start(t, "sweep", "work", "--out", out)
	if state := w.End(t); state.ExitCode() != done || !strings.Contains(w.Said(), "all fits of this list are over") {
		t.Errorf("%v: %s", state, w.Said())
	}
	if s := sweepState(t, out); s.State != sweep.Finished || s.Draws[1].State != sweep.Failed || s.Draws[0].State != sweep.Done {
		t.Errorf("tried anew: %s, draw 1 %s", s.State, s.Draws[1].State)
	}
}

// A study is two lists, one after the other. A worker of another terminal works on both.
func TestWorkerOfBothLists(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	t.Parallel()
	out := filepath.Join(t.TempDir(), "study")
	p := start(t, "study", "--scale", "toy", "--seeds", "1", "--what", "efficiency", "--workers", "2", "--out", out)
	for !sweep.IsSweep(out) { // at once, while the first list is there
		time.Sleep(10 * time.Millisecond)
	}
	first, err := sweep.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, "sweep", "work", "--out", out)
	if state := p.End(t); state.ExitCode() != done {
		t.Fatalf("%v: %s", state, p.Said())
	}
	if state := w.End(t); state.ExitCode() != done || !strings.Contains(w.Said(), "waiting for the next list of the study") || !strings.HasSuffix(w.Said(), "all fits of this list are over\n") {
		t.Errorf("%v: %s", state, w.Said())
	}
	if second, err := sweep.Open(out); err != nil || !first.Spec.More || second.Spec.More || second.Spec.ID == first.Spec.ID || sweepState(t, out).State != sweep.Finished {
		t.Errorf("%v, first %+v, then %+v", err, first.Spec, second.Spec)
	}
}
