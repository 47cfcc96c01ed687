package fit

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"v1lab/datasets/durable/faulty"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/runfolder"
)

// Whichever operation on files fails during a fit, on a full disk, once, or in a power cut: what is left can be opened, and the fit goes on to the same bits.
func TestEveryFaultOfAFit(t *testing.T) {
	backend, config, every := pjrttest.Backend(t), tiny(), 79
	config.Fit.MaxSteps, config.Fit.Patience = 14, 1
	run := func(dir string) error {
		path, o := filepath.Join(dir, "run"), Options{CheckpointEvery: time.Nanosecond}
		var err error
		if runfolder.IsRun(path) {
			_, _, err = Resume(context.Background(), backend, small(), path, o)
		} else {
			_, _, err = Run(context.Background(), backend, small(), config, path, o)
		}
		return err
	}
	whole := t.TempDir()
	if err := run(whole); err != nil {
		t.Fatal(err)
	}
	want := left(t, filepath.Join(whole, "run"))
	faulty.Sweep(t, faulty.Work{
		Every: every, Run: run,
		Whole: func(dir string) error {
			path := filepath.Join(dir, "run")
			if !runfolder.IsRun(path) {
				return runfolder.CheckFree(path)
			}
			if e := runfolder.Examine(path); e.Wrong != nil {
				return errors.Join(e.Wrong...)
			}
			return nil
		},
		Done: func(dir string) error {
			if d := want.diff(left(t, filepath.Join(dir, "run"))); d != "" {
				return fmt.Errorf("unbroken and after a fault differ:\n%s", d)
			}
			return nil
		},
		Named: "run",
	})
}
