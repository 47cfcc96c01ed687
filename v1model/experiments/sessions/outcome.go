package sessions

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/fitted"
	"v1lab/v1model/runfolder"
)

// outcomeVersion is that of the files with what is known of a fit; fits with a file of another version are measured again.
const outcomeVersion = 1

// outcome is what is known of a fit. Rates are the predicted responses to the test images, [images, neurons].
type outcome struct {
	Version int         `json:"version"`
	Fit     compare.Fit `json:"fit"`
	Rates   []float32   `json:"rates"`
}

// outcomeOf reads what is known of a fit, or measures and stores it.
func outcomeOf(ctx context.Context, backend compute.Backend, path string, done grid.Done, d *datasets.Dataset) (*outcome, error) {
	o, err := readOutcome(path, done.Result)
	if err != nil || o != nil {
		if o != nil {
			o.Fit.Run = done.Run.Path // the folder may have moved
		}
		return o, err
	}
	run, err := fitted.Open(ctx, done.Run.Path, fitted.Options{Device: fitted.On(backend), Recordings: fitted.WithRecording(d)})
	if err != nil {
		return nil, err
	}
	defer run.Close() //nolint:errcheck // frees memory only
	scores, err := run.Scores(ctx)
	if err != nil {
		return nil, err
	}
	rates, err := run.Predictions(ctx, fitted.Test)
	if err != nil {
		return nil, err
	}
	o = &outcome{Version: outcomeVersion, Fit: compare.FitOf(done.Run, done.Result, scores), Rates: rates.Values}
	if err := grid.WriteScores(path, o); err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	return o, nil
}

// readOutcome reads what is known of a fit that ended with result; nil if there is none, or it belongs to another fit.
func readOutcome(path string, result runfolder.Result) (*outcome, error) {
	o := &outcome{}
	found, err := grid.ReadScores(path, o)
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	if !found || o.Version != outcomeVersion || !o.Fit.IsOf(result) {
		return nil, nil //nolint:nilnil // there is none yet, or it is of another fit
	}
	return o, nil
}
