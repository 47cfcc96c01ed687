package main

import (
	"os"
	"path/filepath"
	"testing"
)

// What cannot be done is said in one line.
func TestSweepMistakes(t *testing.T) {
	out := filepath.Join(t.TempDir(), "sweep")
	run := func(more ...string) []string {
		return append([]string{"sweep", "run", "--data", recording, "--config", config(), "--out", out}, more...)
	}
	fails(t, wrongUse, run(), "--space=KEY=RANGE")
	fails(t, wrongUse, []string{"sweep", "run", "--space", "fit.batch=int(1,2)", "--out", out}, "--data=SPEC")
	fails(t, wrongUse, run("--space", "readout.sparsty=log(1e-3,1)"), "readout.sparsty: unknown key, did you mean \"sparsity\"?")
	fails(t, wrongUse, run("--space", "readout.sparsity=log(0,1)"), "log(0,1)", "above 0")
	fails(t, wrongUse, run("--space", "readout.sparsity=lin(1,1)"), "one value")
	fails(t, wrongUse, run("--space", "readout.sparsity=lin(2,1)"), "empty")
	fails(t, wrongUse, run("--space", "readout.sparsity=3"), "is no range")
	fails(t, wrongUse, run("--space", "fit.batch=int(1,2)", "--draws=-1"), "--draws -1")
	fails(t, wrongUse, run("--space", "fit.batch=int(1,2)", "--search", "magic"), "magic", "random, sobol")
	fails(t, wrongUse, run("--space", "fit.batch=int(1,2)", "--queue", "redis://x"), "redis://x", "postgres://")
	fails(t, failed, run("--space-file", filepath.Join(t.TempDir(), "none.yaml")), "--space-file", "none.yaml")
	for _, verb := range []string{"work", "status", "best", "stop", "retry"} {
		fails(t, failed, []string{"sweep", verb, "--out", t.TempDir()}, "is no sweep")
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("mistakes left a folder")
	}
}
