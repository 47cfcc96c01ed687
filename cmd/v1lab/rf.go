package main

import (
	"context"

	"v1lab/notebooks/report"
	"v1lab/v1model/fitted"
)

type rfCmd struct {
	experiment
	Image string `placeholder:"X.npy" help:"Images as recorded, [n, height, width] or [n, height, width, channels], or an archive of v1lab mei. Receptive fields are computed at one of them. Default: the grey image."`
	Index int    `name:"number" default:"0" placeholder:"N" help:"Number of the image in --image, from 0."`
}

// Help implements kong.HelpProvider.
func (*rfCmd) Help() string {
	return "The archive has rf [neurons, height, width] (derivative of the rate by each pixel), masked (rf times the mask, scaled to a peak of 1), neuron and dead [neurons], and key, a fingerprint of the weights and the neurons."
}

func (c *rfCmd) Run(ctx context.Context, a *app) error {
	model, s, neurons, err := c.open(ctx, a)
	if err != nil {
		return err
	}
	defer model.Close() //nolint:errcheck // frees memory only
	if err := c.oneRun(model); err != nil {
		return err
	}
	run := model.Runs[0]
	at, err := c.image(a, run)
	if err != nil {
		return err
	}
	p := newCounter(ctx, a.stderr, "receptive fields", false)
	f, err := s.Fields(ctx, neurons, at, p.report)
	p.close()
	if err != nil {
		return err
	}
	return c.finish(a, model, neurons, f.Dead, f, "receptive fields", func(dir string) error {
		if shape := f.Raw.Shape; len(shape) != 3 {
			a.sayf("--figures: of fields with %d channels, the mean over channels is drawn", shape[3])
		}
		l, err := layoutOf(ctx, run)
		if err != nil {
			return err
		}
		return c.save(ctx, a, dir, report.NewMaterial(run, report.Given{Layout: &l, Fields: f}), report.DrawnBy(report.VerbRF))
	})
}

// image returns the chosen image of --image as the model sees it, nil without --image.
func (c *rfCmd) image(a *app, run *fitted.Run) ([]float32, error) {
	if c.Index < 0 {
		return nil, usagef("--number: %d, must be at least 0", c.Index)
	}
	if c.Image == "" {
		if c.Index != 0 {
			return nil, usagef("--number: %d without --image; accepted: with --image only", c.Index)
		}
		return nil, nil
	}
	given, err := a.givenTo(run, c.Image, c.Index, "number")
	c.given = given.compare
	return given.Pixels, err
}
