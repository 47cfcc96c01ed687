package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"v1lab/notebooks/figures"
	"v1lab/notebooks/report"
	"v1lab/v1model/insilico"
)

type tuneCmd struct {
	experiment
	Grid string `default:"small" enum:"small,paper" placeholder:"NAME" help:"Grid of Gabors to search at every place: small (4 sizes, 4 frequencies, 8 orientations, 6 phases, one contrast) or paper (8, 4, 12, 8, and 6 contrasts). Default: small."`
	X    string `placeholder:"A:B" help:"Columns of the Gabors' centres, A to B-1. Default: where the neurons look, and 2 pixels around."`
	Y    string `placeholder:"A:B" help:"Rows of the Gabors' centres, A to B-1. Default: as for --x."`
}

// Help implements kong.HelpProvider.
func (*tuneCmd) Help() string {
	return "The archive has optimal [neurons, 7] (x, y, size, cycles per pixel, contrast, orientation, phase), optimal_rate, numbers (in the grid), grey (rate at the grey image) and tuning around the optimal Gabor: orientation, frequency, phase " +
		"[neurons, values], size_contrast [neurons, sizes, contrasts], plaids [neurons, contrasts of the Gabor across, contrasts of the optimal one]; their axes orientations, frequencies, phases, sizes, contrasts, plaid_contrasts; " +
		"preferred_orientation, preferred_bars, preferred_frequency, preferred_phase, surround_suppression, cross_suppression, orientation_selectivity, phase_modulation, preferred_size, half_contrast, neuron and dead [neurons], of an ensemble optimal_rate_spread [neurons] (the SD between the runs' rates), and key, a fingerprint of the weights and the neurons. Of images with several channels, such as colours, all channels show the Gabor. Angles are in radians. An orientation is the direction along its wave (of the wave vector), counter-clockwise from the right as displayed; " +
		"bars lie across. preferred_bars is along the bars, 90 degrees from preferred_orientation, as truth_orientation of simulated recordings is. If interrupted, the same command continues."
}

func (c *tuneCmd) Run(ctx context.Context, a *app) error {
	model, s, neurons, err := c.open(ctx, a)
	if err != nil {
		return err
	}
	defer model.Close() //nolint:errcheck // frees memory only
	rows, columns, err := s.CentreRanges(neurons, 2)
	if err != nil {
		return err
	}
	if columns, err = span("--x", c.X, s.Model.Shape.Width, columns); err != nil {
		return err
	}
	if rows, err = span("--y", c.Y, s.Model.Shape.Height, rows); err != nil {
		return err
	}
	grid := insilico.SmallGrid(insilico.Range(columns[0], columns[1]), insilico.Range(rows[0], rows[1]))
	if c.Grid == "paper" {
		grid = insilico.PaperGrid(grid.X, grid.Y)
	}
	some, own, closeIt, err := model.SubjectOf(ctx, neurons)
	if err != nil {
		return err
	}
	defer closeIt()
	p := newCounter(ctx, a.stderr, "Gabors", true)
	var t *insilico.Tuning
	err = a.gracefully(func() (err error) {
		t, err = some.Tuning(ctx, own, grid, insilico.Axes{}, insilico.SearchOptions{Partial: c.Out + ".partial", Progress: p.report})
		return err
	})
	p.close()
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w; to go on: the same command", err)
	}
	if err != nil {
		return err
	}
	t.Optimal.Neurons = neurons
	c.spread, c.rates = t.Optimal.Spread, t.Optimal.Rates
	return c.finish(a, model, neurons, t.Optimal.Dead, t, fmt.Sprintf("tuning around the best of %d Gabors", grid.Len()), func(dir string) error {
		all, err := tuned(neurons, t)
		if err != nil {
			return err
		}
		paths, err := report.Save(dir, all)
		for _, p := range paths {
			if !c.JSON {
				a.printf("%s\n", p)
			}
		}
		return err
	})
}

// span parses A:B, whole numbers from 0 to size.
func span(flag, text string, size int, otherwise [2]int) ([2]int, error) {
	if text == "" {
		return otherwise, nil
	}
	from, to, ok := strings.Cut(text, ":")
	first, err1 := strconv.Atoi(from)
	end, err2 := strconv.Atoi(to)
	if !ok || err1 != nil || err2 != nil || first < 0 || end <= first || end > size {
		return otherwise, usagef("%s: %q; accepted: A:B with 0 <= A < B <= %d, such as %d:%d", flag, text, size, size/4, size-size/4)
	}
	return [2]int{first, end}, nil
}

// tuned draws all neurons, up to figures.MaxTuned on each figure.
func tuned(neurons []int, t *insilico.Tuning) (drawn []report.Named, err error) {
	for some := range slices.Chunk(neurons, figures.MaxTuned) {
		f, err := report.Tuning(t, some)
		if err != nil {
			return nil, err
		}
		drawn = append(drawn, report.Named{Name: fmt.Sprintf("tuning_%d", len(drawn)), Figure: f})
	}
	return drawn, nil
}
