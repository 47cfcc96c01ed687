package compare

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
)

// Model is one row of the comparison.
type Model struct {
	Name   string         // of its run folders, NAME-seedK
	Config v1model.Config // its seed does not count
}

// Options are what a comparison may be told.
type Options struct {
	// Started, if not nil, is called before each fit is made, resumed or, if it is over, read.
	Started func(m Model, seed uint64, path string, over bool)
	// Progress, if not nil, is called after every training step, and must return quickly.
	Progress func(fit.Progress)
}

// Run fits every model with the seeds 1 to seeds into folders DIR/NAME-seedK and scores each fit on the validation and test parts of data.
// A folder that holds the same fit already is kept, or resumed; one that holds another fit is an error, as is a
// model that does not suit the data: that is found before the first fit. All models are fitted with one seed before the next seed's turn.
//
// If ctx ends, the fit under way is saved and fit.ErrInterrupted returned; the same call goes on.
func Run(ctx context.Context, backend compute.Backend, data *datasets.Dataset, models []Model, seeds int, dir string, o Options) (*Report, error) {
	record := runfolder.Describe(data)
	if err := check(models, seeds, record, dir); err != nil {
		return nil, err
	}
	scored := make([][]Fit, len(models))
	r := &Report{Data: data.Spec, Seeds: seeds}
	for seed := uint64(1); seed <= uint64(seeds); seed++ {
		for i, m := range models {
			path := folder(dir, m, seed)
			result, err := one(ctx, backend, data, m, seed, path, o)
			if err != nil {
				return nil, fmt.Errorf("%s, seed %d: %w", m.Name, seed, err)
			}
			run, err := runfolder.Open(path)
			if err != nil {
				return nil, err
			}
			scores, err := evaluate.Run(backend, run, data)
			if err != nil {
				return nil, fmt.Errorf("%s, seed %d: %w", m.Name, seed, err)
			}
			r.Ceiling = scores.Ceiling
			scored[i] = append(scored[i], Fit{
				Seed: seed, Run: path, Steps: result.Steps, Seconds: result.Seconds,
				ValLoss: scores.ValLoss, TestCorr: scores.TestCorr, FractionOfCeiling: scores.FractionOfCeiling,
			})
		}
	}
	for i, m := range models {
		row, err := Summarise(m, record.Shape, scored[i])
		if err != nil {
			return nil, err
		}
		r.Models = append(r.Models, row)
	}
	return r, nil
}

// one makes, resumes or keeps a fit.
func one(ctx context.Context, backend compute.Backend, data *datasets.Dataset, m Model, seed uint64, path string, o Options) (result runfolder.Result, err error) {
	over := false
	if runfolder.IsRun(path) {
		run, err := runfolder.Open(path)
		if err != nil {
			return result, err
		}
		if result, over, err = run.Result(); err != nil {
			return result, err
		}
	}
	if o.Started != nil {
		o.Started(m, seed, path, over)
	}
	options := fit.Options{Progress: o.Progress}
	switch {
	case over:
	case runfolder.IsRun(path):
		result, _, err = fit.Resume(ctx, backend, data, path, options)
	default:
		result, _, err = fit.Run(ctx, backend, data, seeded(m, seed), path, options)
	}
	return result, err
}

// check finds what can be found before the first fit.
func check(models []Model, seeds int, record runfolder.Dataset, dir string) error {
	if len(models) == 0 {
		return errors.New("compare: no models; at least 1 is needed")
	}
	if seeds < 1 {
		return fmt.Errorf("compare: %d seeds; at least 1 is needed", seeds)
	}
	names := map[string]bool{}
	for _, m := range models {
		switch {
		case m.Name == "" || strings.ContainsAny(m.Name, `/\`):
			return fmt.Errorf("compare: model name %q; accepted: what a folder can be called", m.Name)
		case names[m.Name]:
			return fmt.Errorf("compare: model %s is named twice", m.Name)
		}
		names[m.Name] = true
		if _, err := v1model.New(m.Config, record.Shape); err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
		for seed := uint64(1); seed <= uint64(seeds); seed++ {
			if err := same(folder(dir, m, seed), seeded(m, seed), record); err != nil {
				return err
			}
		}
	}
	return nil
}

// same makes sure that a run folder, if it is there, holds the fit that is asked for.
func same(path string, config v1model.Config, record runfolder.Dataset) error {
	if !runfolder.IsRun(path) {
		return runfolder.Free(path)
	}
	run, err := runfolder.Open(path)
	if err != nil {
		return err
	}
	if run.Dataset.Fingerprint != record.Fingerprint {
		return fmt.Errorf("run folder %s: fitted to other data, %q; accepted: another folder for this comparison, or the same recording", path, run.Dataset.Spec)
	}
	if !config.Asks(run.Config) {
		return fmt.Errorf("run folder %s: fitted with another config; accepted: another folder for this comparison, or the same config", path)
	}
	return nil
}

func folder(dir string, m Model, seed uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%s-seed%d", m.Name, seed))
}

func seeded(m Model, seed uint64) v1model.Config {
	m.Config.Fit.Seed = seed
	return m.Config
}
