package compare

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/fitted"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
)

// Model is one row of the comparison.
type Model struct {
	Name   string         // of its run folders, NAME-seedK
	Config v1model.Config // its seed is the first
}

// Run fits every model with so many seeds, from that of its config on, into folders DIR/NAME-seedK, as a grid does, and scores each fit on the
// validation and test parts of data. A model that does not suit the data is an error before the first fit. A fit that diverges is marked in the
// report.
//
// If ctx ends, the current fit is saved and fit.ErrInterrupted returned. The same call continues.
func Run(ctx context.Context, backend compute.Backend, data *datasets.Dataset, models []Model, seeds int, dir string, w grid.Watch) (*Report, error) {
	record := runfolder.Describe(data)
	g := grid.Grid{Dir: dir, Seeds: seeds, Watch: w, Open: func(string) (*datasets.Dataset, error) { return data, nil }}
	if len(models) == 0 {
		return nil, errors.New("compare: no models; at least 1 is needed")
	}
	for _, m := range models {
		if m.Config.Fit.Seed == 0 {
			return nil, fmt.Errorf("%s: fit.seed 0; accepted: a first seed from 1", m.Name)
		}
		if _, err := v1model.New(m.Config, record.Shape); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		g.Conditions = append(g.Conditions, grid.Condition{Name: m.Name, Config: m.Config, FirstSeed: m.Config.Fit.Seed, Data: func(uint64) runfolder.Dataset { return record }})
	}
	r := &Report{Data: data.Spec, Seeds: seeds}
	fits := map[string][]Fit{}
	g.Diverged = func(d grid.Done, err error) {
		none := jsonfloat.Float(math.NaN())
		fits[d.Name] = append(fits[d.Name], Fit{Seed: d.Run.Config.Fit.Seed, Run: d.Run.Path, ValLoss: none, TestCorr: none, FractionOfCeiling: none, ConstantLoss: none, Diverged: err.Error()})
	}
	o := fitted.Options{Device: fitted.On(backend), Recordings: fitted.WithRecording(data)}
	err := g.Run(ctx, backend, func(d grid.Done) error {
		run, err := fitted.Open(ctx, d.Run.Path, o)
		if err != nil {
			return err
		}
		defer run.Close() //nolint:errcheck // frees memory only
		scores, err := run.Scores(ctx)
		if err != nil {
			return err
		}
		r.Ceiling = scores.Ceiling
		fits[d.Name] = append(fits[d.Name], FitOf(d.Run, d.Result, scores))
		return nil
	})
	if err != nil {
		return nil, err
	}
	diverged := 0
	for _, m := range models {
		row, err := Summarise(m, record.Shape, fits[m.Name])
		if err != nil {
			return nil, err
		}
		r.Models = append(r.Models, row)
		diverged += row.NumDiverged()
	}
	if diverged == len(models)*seeds {
		return nil, fmt.Errorf("all %d fits diverged; the first: %s", diverged, r.Models[0].Fits[0].Diverged)
	}
	return r, nil
}
