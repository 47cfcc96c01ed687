package grid

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/v1model"
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
			done, err := job(dir, m, seed).Do(ctx, backend, data, o)
			if err != nil {
				return nil, fmt.Errorf("%s, seed %d: %w", m.Name, seed, err)
			}
			r.Ceiling = done.Scores.Ceiling
			scored[i] = append(scored[i], done.Fit)
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
			if err := job(dir, m, seed).Check(record); err != nil {
				return err
			}
		}
	}
	return nil
}

func job(dir string, m Model, seed uint64) Job {
	return Job{Model: m, Seed: seed, Path: filepath.Join(dir, fmt.Sprintf("%s-seed%d", m.Name, seed))}
}
