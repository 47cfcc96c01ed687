package main

import (
	"bytes"
	"testing"

	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/runfolder"
)

// A fit that another process makes is said once, however often it is looked at.
func TestGridSaysWhatItWaitsFor(t *testing.T) {
	var stderr bytes.Buffer
	watch := (&gridWatch{app: &app{stderr: &stderr}}).watch()
	for _, path := range []string{"runs/one-seed1", "runs/one-seed1", "runs/two-seed1"} {
		watch.Waiting(grid.Step{Number: 2, All: 3, Path: path}, runfolder.Writer{})
	}
	const want = "2 of 3: runs/one-seed1 is being made by another process (unknown); waiting for it\n2 of 3: runs/two-seed1 is being made by another process (unknown); waiting for it\n"
	if stderr.String() != want {
		t.Errorf("%q, want %q", stderr.String(), want)
	}
}
