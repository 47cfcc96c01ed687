package main

import (
	"bytes"
	"context"
	"fmt"

	"v1lab/notebooks/figures"
	"v1lab/notebooks/report"
	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/tracking"
)

// attachBest sends the figures of a finished sweep's best run, and those of the sweep, to the run on the server. What it has is not drawn again.
func (a *app) attachBest(ctx context.Context, f *sweep.Folder, server *tracking.Server) error {
	state, err := sweep.NewReader(f).Read()
	if err != nil || server == nil || state.State != sweep.Finished {
		return err
	}
	best := state.Best(1)
	if len(best) == 0 {
		return nil
	}
	lowest := 0
	for i, fit := range best[0].Fits {
		if fit.ValLoss < best[0].Fits[lowest].ValLoss {
			lowest = i
		}
	}
	path := best[0].Runs[lowest]
	if _, err := server.Send(ctx, path, sweepTracking(f, best[0].Number)); err != nil {
		return err
	}
	return server.Attach(ctx, path, func() (map[string][]byte, error) {
		named, err := report.Sweep(f, state)
		if err != nil {
			return nil, err
		}
		for i := range named {
			named[i].Name = "sweep-" + named[i].Name
		}
		runs, err := a.fits(ctx, []string{path}, nil)
		if err != nil {
			return nil, err
		}
		defer runs[0].Close() //nolint:errcheck // frees memory only
		drawn, failures := report.Draw(ctx, report.NewMaterial(runs[0], report.Given{}), report.DrawnBy(report.VerbFigures))
		for _, failure := range failures {
			a.sayf("warning: %s: %s", path, oneLine(failure))
		}
		files := map[string][]byte{}
		for _, n := range append(drawn, named...) {
			var picture bytes.Buffer
			if err := n.Figure.WritePNG(&picture, figures.DPI); err != nil {
				return nil, fmt.Errorf("figure %s: %w", n.Name, err)
			}
			files["figures/"+n.Name+".png"] = picture.Bytes()
		}
		return files, nil
	})
}
