package answers

import (
	"context"
	"fmt"

	"v1lab/notebooks/lab/questions"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/features"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
)

// types clusters the neurons of each fit, of which the asked run is the reference.
// discriminative finds an image for each cluster of the run that tells it apart.
func discriminative(ctx context.Context, a Asked, of questions.DiscriminativeOf) (*insilico.Discriminative, error) {
	analysis, err := a.Run.Analyse(ctx, features.Options{K: of.K, Seed: a.Run.Config.Fit.Seed})
	if err != nil {
		return nil, err
	}
	o := of.Options
	o.Partial, o.Progress = of.Partial, a.Progress
	return a.Run.Discriminate(ctx, analysis, o)
}

func types(ctx context.Context, a Asked, of questions.TypesOf) (found questions.TypesFound, err error) {
	first := a.Run
	backend, err := first.Backend(ctx)
	if err != nil {
		return found, err
	}
	var all []*celltypes.Analysis
	runs := []*fitted.Run{first}
	add := func(run *fitted.Run) error {
		analysis, err := run.Analyse(ctx, features.Options{K: of.K, Seed: run.Config.Fit.Seed})
		if err != nil {
			return fmt.Errorf("run %s: %w", run.Path, err)
		}
		all = append(all, analysis)
		return nil
	}
	if err := add(first); err != nil {
		return found, err
	}
	for _, path := range of.Others {
		run, err := fitted.Open(ctx, path, fitted.Options{Device: fitted.On(backend), Recordings: a.Recordings})
		if err != nil {
			return found, err
		}
		defer run.Close() //nolint:errcheck // frees memory only
		if err := fitted.SameNeurons(first, run); err != nil {
			return found, err
		}
		runs = append(runs, run)
		if err := fitted.Distinct(runs...); err != nil {
			return found, err
		}
		if err := add(run); err != nil {
			return found, err
		}
	}
	if len(all) > 1 {
		if err := celltypes.Join(all, of.K == 0); err != nil {
			return found, err
		}
	}
	found.Analysis = all[0]
	found.Report, err = celltypes.Describe(all, first.Truth())
	return found, err
}
