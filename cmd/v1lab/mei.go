package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"v1lab/datasets/array"
	"v1lab/notebooks/figures"
	"v1lab/notebooks/report"
	"v1lab/v1model/insilico"
)

type meiCmd struct {
	experiment
	Images    int     `default:"8" placeholder:"K" help:"Images for each neuron. Default: 8."`
	Norm      float64 `default:"12" placeholder:"X" help:"Norm of an image in normalised units. Default: 12."`
	Steps     int     `default:"2000" placeholder:"N" help:"Most steps for an image. Default: 2000."`
	Seed      uint64  `default:"0" placeholder:"N" help:"Seed of the start images. Default: 0."`
	MaskFloor float64 `default:"0" placeholder:"SHARE" help:"Share of its peak below which a mask counts as 0, which leaves less of the field to compute. Default: 0, exact."`
	Batch     int     `default:"64" placeholder:"N" help:"Images at a time; memory grows with it. Default: 64."`
}

// Help implements kong.HelpProvider.
func (*meiCmd) Help() string {
	return "The archive has images [neurons, K, height, width] in normalised units, rates [neurons, K], steps [neurons] (of the image that took most), image_steps and loss [neurons, K], " +
		"neuron and dead [neurons]. What is interrupted goes on when the same command is given again."
}

func (c *meiCmd) Run(ctx context.Context, a *app) error {
	run, s, neurons, err := c.open(ctx, a)
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // frees memory only
	for flag, v := range map[string]int{"images": c.Images, "steps": c.Steps, "batch": c.Batch} {
		if v < 1 {
			return usagef("--%s: %d, must be at least 1", flag, v)
		}
	}
	if !(c.Norm > 0) {
		return usagef("--norm: %g, must be above 0", c.Norm)
	}
	if !(c.MaskFloor >= 0 && c.MaskFloor < 1) {
		return usagef("--mask-floor: %g, must be from 0 to below 1", c.MaskFloor)
	}
	p := newCounter(ctx, a.stderr, "images", true)
	var m *insilico.MEIs
	err = a.gracefully(func() (err error) {
		m, err = s.MEIs(ctx, neurons, insilico.MEIOptions{Images: c.Images, Norm: c.Norm, MaxSteps: c.Steps, Seed: c.Seed, MaskFloor: c.MaskFloor, Batch: c.Batch,
			Partial: c.Out + ".partial", Progress: p.report})
		return err
	})
	p.close()
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w; to go on: the same command", err)
	}
	if err != nil {
		return err
	}
	each := m.Steps.Data.([]int64)
	var most []int64
	for of := range slices.Chunk(each, c.Images) {
		most = append(most, slices.Max(of))
	}
	return c.finish(a, neurons, m.Dead, map[string]array.Array{
		"images": m.Images, "rates": m.Rates, "steps": array.New(most), "image_steps": m.Steps, "loss": m.Loss,
	}, fmt.Sprintf("%d most exciting images each", c.Images), func() (map[string]*figures.Figure, error) {
		shape := m.Images.Shape
		if len(shape) != 4 {
			return nil, fmt.Errorf("--figures: images with %d channels; accepted: 1", shape[4])
		}
		l, err := layoutOf(run, s)
		if err != nil {
			return nil, err
		}
		f, err := report.MostExciting(l, m)
		return map[string]*figures.Figure{"most_exciting_images": f}, err
	})
}
