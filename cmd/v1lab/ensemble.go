package main

import (
	"context"
	"fmt"

	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/fitted"
)

// ensemble opens one run, or several fits of one recording as one model. The folder of a sweep stands for all runs of its five best draws. data names the
// recording; if it is empty, the names in the run folders count.
func (a *app) ensemble(ctx context.Context, named []string, data string) (*fitted.Ensemble, error) {
	var paths []string
	for _, path := range named {
		runs, err := a.bestOf(path)
		if err != nil {
			return nil, err
		}
		paths = append(paths, runs...)
	}
	if len(paths) == 1 {
		run, err := a.open(ctx, paths[0], data)
		if err != nil {
			return nil, err
		}
		return fitted.NewEnsemble(run)
	}
	runs, err := a.fits(ctx, paths, given(data))
	if err != nil {
		return nil, err
	}
	return fitted.NewEnsemble(runs...)
}

// bestOf returns the runs of a sweep's five best draws if path is the folder of a sweep, and otherwise path.
func (a *app) bestOf(path string) ([]string, error) {
	runs, state, err := sweep.Members(path)
	if err != nil {
		return nil, fmt.Errorf("--run: %w", err)
	}
	if state != nil {
		far := ""
		if state.State != sweep.Finished {
			far = " so far"
		}
		a.sayf("%s: the %d best draws of the sweep%s, %d runs", path, len(state.Best(sweep.NumBest)), far, len(runs))
	}
	return runs, nil
}

// pathsOf lists the run folders of an ensemble.
func pathsOf(e *fitted.Ensemble) (paths []string) {
	for _, r := range e.Runs {
		paths = append(paths, r.Path)
	}
	return paths
}
