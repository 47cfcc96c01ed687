package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"v1lab/notebooks/figures"
	"v1lab/v1model/fit"
	"v1lab/v1model/jsonfloat"
)

// rateTest is what fit --find-rate --json prints.
type rateTest struct {
	Rates     []float64         `json:"rates"`          // learning rates of the steps
	Losses    []jsonfloat.Float `json:"losses"`         // training loss of each step's batch
	Smooth    []jsonfloat.Float `json:"smooth"`         // the same, averaged over about ten steps
	Lowest    float64           `json:"lowest"`         // the rate with the lowest smooth loss
	Suggested float64           `json:"suggested_peak"` // a third of it, for fit.peak_rate
	Figure    string            `json:"figure"`         // the file
}

// findRate makes a range test of the learning rate.
func (c *fitCmd) findRate(ctx context.Context, a *app) error {
	for _, other := range []struct {
		flag  string
		given bool
	}{{"--out", c.Out != ""}, {"--resume", c.Resume}, {"--background", c.Background}, {"--follow", c.Follow}, {"--core-from", c.CoreFrom != ""}} {
		if other.given {
			return usagef("--find-rate and %s; accepted: one of them: a range test keeps no run", other.flag)
		}
	}
	if c.Data == "" {
		return usagef("missing flags: --data=SPEC")
	}
	if ext := filepath.Ext(c.FindRate); !slices.Contains([]string{".png", ".svg"}, ext) {
		return usagef("--find-rate %s: extension %q; accepted: .png, .svg", c.FindRate, ext)
	}
	config, err := c.config(nil)
	if err != nil {
		return err
	}
	objective, err := config.Fit.Objective()
	if err != nil {
		return err
	}
	data, backend, err := a.recording(ctx, c.Data, config)
	if err != nil {
		return err
	}
	a.sayNotes(data)
	t, err := fit.FindRate(ctx, backend, data, config, fit.RateOptions{})
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w after %d steps of the range test; nothing is kept", fit.ErrInterrupted, len(t.Rates))
	}
	if err != nil {
		return err
	}
	figure, err := figures.Rates(objective.Label(), t.Rates, t.Losses, t.Smooth, t.Suggested)
	if err == nil {
		err = figure.Save(c.FindRate)
	}
	if err != nil {
		return fmt.Errorf("--find-rate %s: %w", c.FindRate, err)
	}
	if c.JSON {
		r := rateTest{Rates: t.Rates, Lowest: t.Lowest, Suggested: t.Suggested, Figure: c.FindRate}
		for i := range t.Losses {
			r.Losses, r.Smooth = append(r.Losses, jsonfloat.Float(t.Losses[i])), append(r.Smooth, jsonfloat.Float(t.Smooth[i]))
		}
		return a.json(r)
	}
	a.printf("%s: %d steps at rates from %.2g to %.2g; the training loss is lowest at %.2g\nsuggested: --set fit.schedule=one_cycle --set fit.peak_rate=%.2g\n",
		c.FindRate, len(t.Rates), t.Rates[0], t.Rates[len(t.Rates)-1], t.Lowest, t.Suggested)
	return nil
}
