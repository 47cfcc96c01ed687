package runfolder_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets/array"
	"v1lab/datasets/durable/faulty"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// state is that of a fit after some steps. It depends on nothing else, so a fit that goes on must end with the same.
func state(specs []weights.Spec, step int) weights.Values {
	w := weights.Init(specs, uint64(step))
	w["adam"] = array.New([]float32{float32(step)})
	return w
}

type position struct {
	Step, Best int
}

// fitOf does what a fit of some validations does to its folder, without computing. If the folder is there it goes on.
func fitOf(t *testing.T, path string, validations int) (err error) {
	f, err := runfolder.OpenForWriting(path)
	if !runfolder.IsRun(path) {
		f, err = runfolder.Create(path, config(t), record)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if _, over, err := f.Result(); over || err != nil {
		return err
	}
	m, err := f.Model()
	if err != nil {
		return err
	}
	var at position
	if _, _, _, err := f.LoadCheckpoint(&at, &struct{}{}); err != nil {
		return err
	}
	if err := f.RewindMetrics(at.Step); err != nil {
		return err
	}
	unsaved := at.Best > 0
	for at.Step < validations {
		at.Step++
		if at.Step%3 != 0 {
			at.Best, unsaved = at.Step, true
		}
		if err := f.AppendMetric(runfolder.Metric{Step: at.Step, Stage: 1, Best: at.Best == at.Step}); err != nil {
			return err
		}
		if at.Step%2 == 0 || at.Step == validations {
			var best *runfolder.Checkpoint
			if unsaved {
				best = &runfolder.Checkpoint{Arrays: state(m.Specs(), at.Best), State: struct{}{}}
			}
			if err := f.SaveCheckpoint(runfolder.Checkpoint{Arrays: state(m.Specs(), at.Step), State: at}, best, m.Specs()); err != nil {
				return err
			}
			unsaved = false
		}
	}
	return f.WriteResult(runfolder.Result{Reason: runfolder.ReasonConverged, Steps: at.Step, Best: at.Best})
}

// verify opens all that is there. A folder that is not a run yet is whole.
func verify(path string, validations int, over bool) error {
	if !runfolder.IsRun(path) && !over {
		return runfolder.CheckFree(path)
	}
	f, err := runfolder.Open(path)
	if err != nil {
		return err
	}
	if d := cmp.Diff(record, f.Dataset); d != "" {
		return fmt.Errorf("dataset record: %s", d)
	}
	metrics, err := f.Metrics()
	if err != nil {
		return err
	}
	for i, m := range metrics {
		if m.Step != i+1 {
			return fmt.Errorf("line %d of metrics is step %d", i+1, m.Step)
		}
	}
	m, err := f.Model()
	if err != nil {
		return err
	}
	var at position
	last, best, ok, err := f.LoadCheckpoint(&at, &struct{}{})
	if err != nil {
		return err
	}
	if ok && (len(metrics) < at.Step || cmp.Diff(state(m.Specs(), at.Step), last) != "" || best == nil || cmp.Diff(state(m.Specs(), at.Best), best) != "") {
		return fmt.Errorf("the checkpoint is not that of step %d with the best of %d, after %d validations", at.Step, at.Best, len(metrics))
	}
	result, ended, err := f.Result()
	if err != nil || ended == false && !over {
		return err
	}
	if !ended || at.Step != validations || len(metrics) != validations || result.Steps != validations || result.Best != at.Best {
		return fmt.Errorf("ended %v at %+v after %d validations, result %+v", ended, at, len(metrics), result)
	}
	values, err := f.Weights()
	if err != nil {
		return err
	}
	want := state(m.Specs(), at.Best)
	delete(want, "adam")
	if d := cmp.Diff(want, values); d != "" {
		return fmt.Errorf("best weights: %.200s", d)
	}
	if n, wrong := f.Verify(); n < 6 || wrong != nil {
		return fmt.Errorf("%d files verified: %v", n, errors.Join(wrong...))
	}
	return nil
}

// Each operation on files of a fit fails in turn, on a full disk, once, or in a power cut. The folder is never half, and the fit goes on to the same end.
func TestEveryFaultOfAFit(t *testing.T) {
	validations, every := 5, 7
	if faulty.Complete() {
		validations = 30
	}
	faulty.Sweep(t, faulty.Work{
		Every: every,
		Run:   func(dir string) error { return fitOf(t, filepath.Join(dir, "run"), validations) },
		Whole: func(dir string) error { return verify(filepath.Join(dir, "run"), validations, false) },
		Done:  func(dir string) error { return verify(filepath.Join(dir, "run"), validations, true) },
		Named: "run",
	})
}

// The same for weights that are imported: the folder is there or not.
func TestEveryFaultOfAnImport(t *testing.T) {
	store := func(dir string) error {
		path := filepath.Join(dir, "runs", "run")
		if runfolder.IsRun(path) {
			return nil
		}
		f := runfolder.Folder{Config: config(t), Dataset: record}
		m, err := f.Model()
		if err != nil {
			return err
		}
		return runfolder.Store(path, config(t), record, weights.Init(m.Specs(), 1))
	}
	whole := func(dir string) error {
		path := filepath.Join(dir, "runs", "run")
		if !runfolder.IsRun(path) {
			return runfolder.CheckFree(path)
		}
		f, err := runfolder.Open(path)
		if err != nil {
			return err
		}
		_, err = f.Weights()
		if _, wrong := f.Verify(); err == nil {
			err = errors.Join(wrong...)
		}
		return err
	}
	faulty.Sweep(t, faulty.Work{
		Every: 3, Run: store, Whole: whole,
		Done: func(dir string) error {
			if !runfolder.IsRun(filepath.Join(dir, "runs", "run")) {
				return errors.New("no run")
			}
			return whole(dir)
		},
		Named: "runs",
	})
}

// A larger cap is set whole or not at all, whatever fails.
func TestEveryFaultOfALargerCap(t *testing.T) {
	limit := config(t).Fit.MaxSteps
	faulty.Sweep(t, faulty.Work{
		Every: 3,
		Prepare: func(dir string) error {
			f, err := runfolder.Create(filepath.Join(dir, "run"), config(t), record)
			if err != nil {
				return err
			}
			values, specs := startValues(t, f, 1)
			last := checkpoint(values, 5)
			return errors.Join(f.SaveCheckpoint(last, &last, specs), f.WriteResult(runfolder.Result{Reason: runfolder.ReasonCap, Steps: 5, Best: 5}), f.Close())
		},
		Run: func(dir string) error {
			f, err := runfolder.OpenForWriting(filepath.Join(dir, "run"))
			if err != nil {
				return err
			}
			if f.Config.Fit.MaxSteps == limit {
				err = f.Extend(limit + 9)
			}
			return errors.Join(err, f.Close())
		},
		Whole: func(dir string) error {
			f, err := runfolder.Open(filepath.Join(dir, "run"))
			if err != nil {
				return err
			}
			if found := f.Config.Fit.MaxSteps; found != limit && found != limit+9 {
				return fmt.Errorf("fit.max_steps %d", found)
			}
			_, _, ok, err := f.LoadCheckpoint(&position{}, &position{})
			if err == nil && !ok {
				err = errors.New("no checkpoint")
			}
			_, errWeights := f.Weights()
			return errors.Join(err, errWeights)
		},
		Done: func(dir string) error {
			f, err := runfolder.Open(filepath.Join(dir, "run"))
			if err != nil {
				return err
			}
			_, over, err := f.Result()
			if f.Config.Fit.MaxSteps != limit+9 || over {
				return fmt.Errorf("fit.max_steps %d, over %v", f.Config.Fit.MaxSteps, over)
			}
			return err
		},
		Named: "run",
	})
}
