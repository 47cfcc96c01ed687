package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"v1lab/notebooks/report"
	"v1lab/v1model/insilico"
)

type meiCmd struct {
	experiment
	imageSize
	Images     int      `default:"8" placeholder:"K" help:"Images for each neuron. Default: 8."`
	Smooth     float64  `name:"smoothness" default:"0.005" placeholder:"X" help:"Weight of the penalty on the image's Laplacian; 0 for none. Default: 0.005."`
	Rate       float64  `name:"learning-rate" default:"1" placeholder:"X" help:"Learning rate of Adam. Default: 1."`
	Steps      int      `default:"2000" placeholder:"N" help:"Largest number of steps for an image. Default: 2000."`
	Patience   int      `default:"100" placeholder:"N" help:"Stop an image after N steps without a new minimum of its average loss. Default: 100."`
	Seed       uint64   `default:"0" placeholder:"N" help:"Seed of the start images. Default: 0."`
	MaskFloor  float64  `default:"0" placeholder:"SHARE" help:"Treat mask values below this share of the peak as 0. This is faster, and the images reach lower rates; at most 0.1 is advised. Default: 0, exact."`
	Inhibiting bool     `help:"Find the images that inhibit most: those of the lowest drive, the rate before the last nonlinearity."`
	Diverse    bool     `help:"Find images that each reach --share of the neuron's maximum and differ as much as they can: they show what the neuron ignores. Most exciting images are found first."`
	Share      *float64 `placeholder:"SHARE" help:"With --diverse, the least rate of each image beside that of the best most exciting one; between 0 and 1. Default: 0.85."`
	Batch      int      `default:"32" placeholder:"N" help:"Images at a time; memory grows with it. With --diverse, all of a neuron are together. Default: 32."`
}

// imageSize has the flags that say which images may be found.
type imageSize struct {
	Norm  *float64 `placeholder:"X" help:"Norm of each image in normalised units. Default: 12."`
	Range string   `placeholder:"LO,HI" help:"Lowest and highest pixel of the images in recorded units, as in 0,255: every step keeps them there, so that they can be shown. Default: any."`
	Std   *float64 `placeholder:"S" help:"SD of the pixels of each image in recorded units, about the mean of the training images; instead of --norm."`

	pixels []float64 // of --range
}

// limit sets the options of package insilico to the flags.
func (c *imageSize) limit(o *insilico.MEIOptions) (err error) {
	for _, size := range []struct {
		flag string
		v    *float64
	}{{"norm", c.Norm}, {"std", c.Std}} {
		if size.v != nil && (!(*size.v > 0) || math.IsInf(*size.v, 0)) {
			return usagef("--%s: %g, must be above 0", size.flag, *size.v)
		}
	}
	if c.Norm != nil && c.Std != nil {
		return usagef("--norm and --std: accepted: one of them")
	}
	if c.pixels, err = parseRange(c.Range); err != nil {
		return err
	}
	o.Range = c.pixels
	switch {
	case c.Std != nil:
		o.Std = *c.Std
	case c.Norm != nil:
		o.Norm = *c.Norm
	default:
		o.Norm = 12
	}
	return nil
}

// parseRange parses LO,HI; the empty text is nil.
func parseRange(text string) ([]float64, error) {
	if text == "" {
		return nil, nil
	}
	low, high, two := strings.Cut(text, ",")
	var ends []float64
	for _, word := range []string{low, high} {
		v, err := strconv.ParseFloat(strings.TrimSpace(word), 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			two = false
		}
		ends = append(ends, v)
	}
	if !two || !(ends[0] < ends[1]) {
		return nil, usagef("--range: %q; accepted: the lowest and the highest pixel in recorded units, as in 0,255", text)
	}
	return ends, nil
}

// sayExtent warns if images have pixels that no training image has.
func (c *meiCmd) sayExtent(a *app, m *insilico.MEIs) {
	e, ok := m.Extent()
	if !ok {
		if m.Units == nil {
			a.sayf("images are in normalised units only: the run was imported without a recording")
		}
		return
	}
	c.extent = &e
	switch {
	case c.pixels != nil: // was asked for
	case e.Training == nil:
		a.sayf("%s; --range LO,HI keeps them in a range", e)
	case e.Outside > 0:
		low, high := e.Around()
		a.sayf("warning: %s; --range %.4g,%.4g keeps them there", e, low, high)
	}
}

// Help implements kong.HelpProvider.
func (*meiCmd) Help() string {
	return "The archive has images [neurons, K, height, width] in normalised units, recorded_images in the units of the recording (which predict takes), image_mean and image_sd, rates [neurons, K], steps [neurons] (the largest of a neuron's images), image_steps and loss [neurons, K], " +
		"neuron and dead [neurons], inhibiting with --inhibiting, with --diverse share, highest_rate [neurons] and invariance [neurons] (the index of invariance: 0 if all images are one, 1 if they are as far apart as images of their norm can be), of an ensemble rates_spread [neurons, K] (the SD between the runs' rates), and key, a fingerprint of the weights and the neurons. If interrupted, the same command continues."
}

// options returns the flags as options of package insilico, where 0 means the paper's value.
func (c *meiCmd) options() (insilico.MEIOptions, error) {
	o := insilico.MEIOptions{Images: c.Images, Smoothness: c.Smooth, LearningRate: c.Rate, MaxSteps: c.Steps, Patience: c.Patience,
		Seed: c.Seed, MaskFloor: c.MaskFloor, Batch: c.Batch, Inhibiting: c.Inhibiting, Diverse: c.Diverse}
	if c.Diverse {
		if o.Share = 0.85; c.Share != nil {
			o.Share = *c.Share
		}
	}
	if c.Smooth == 0 {
		o.Smoothness = -1
	}
	return o, c.limit(&o)
}

func (c *meiCmd) Run(ctx context.Context, a *app) error {
	model, s, neurons, err := c.open(ctx, a)
	if err != nil {
		return err
	}
	defer model.Close() //nolint:errcheck // frees memory only
	if err := c.oneRun(model); err != nil {
		return err
	}
	run := model.Runs[0]
	for _, count := range []struct {
		flag string
		n    int
	}{{"images", c.Images}, {"steps", c.Steps}, {"patience", c.Patience}, {"batch", c.Batch}} {
		if count.n < 1 {
			return usagef("--%s: %d, must be at least 1", count.flag, count.n)
		}
	}
	if !(c.Rate > 0) || math.IsInf(c.Rate, 0) {
		return usagef("--learning-rate: %g, must be above 0", c.Rate)
	}
	if !(c.Smooth >= 0) || math.IsInf(c.Smooth, 0) {
		return usagef("--smoothness: %g, must be at least 0", c.Smooth)
	}
	if !(c.MaskFloor >= 0 && c.MaskFloor < 1) {
		return usagef("--mask-floor: %g, must be from 0 to below 1", c.MaskFloor)
	}
	switch {
	case c.Diverse && c.Inhibiting:
		return usagef("--diverse and --inhibiting: accepted: one of them")
	case c.Diverse && c.Images < 2:
		return usagef("--images: %d, must be at least 2 with --diverse", c.Images)
	case !c.Diverse && c.Share != nil:
		return usagef("--share: %g; accepted: with --diverse", *c.Share)
	case c.Share != nil && !(*c.Share > 0 && *c.Share < 1):
		return usagef("--share: %g, must be between 0 and 1", *c.Share)
	}
	o, err := c.options()
	if err != nil {
		return err
	}
	if err := s.CheckOptions(o); err != nil {
		return usagef("%w", err)
	}
	p := newCounter(ctx, a.stderr, "images", true)
	var m *insilico.MEIs
	err = a.gracefully(func() (err error) {
		o.Partial, o.Progress = c.Out+".partial", p.report
		m, err = s.MEIs(ctx, neurons, o)
		return err
	})
	p.close()
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%w; to go on: the same command", err)
	}
	if err != nil {
		return err
	}
	if m.Units != nil && m.Units.Training == nil {
		m.Units.Training = run.ImageRange()
	}
	c.sayExtent(a, m)
	if m.Spread.Shape != nil {
		c.spread, c.rates = m.Spread.Data.([]float32), m.Rates.Data.([]float32)
	}
	what, verb, given := "most exciting", report.VerbMEI, report.Given{Images: m}
	if m.Inhibiting {
		what, verb, given = "most inhibiting", report.VerbInhibiting, report.Given{Inhibiting: m}
	} else if m.Diverse {
		what, verb, given = "diverse exciting", report.VerbDiverse, report.Given{Diverse: m}
	}
	return c.finish(a, model, neurons, m.Dead, m, fmt.Sprintf("%d %s images each", c.Images, what), func(dir string) error {
		if shape := m.Images.Shape; len(shape) == 5 && shape[4] != 3 {
			a.sayf("--figures: of images with %d channels, the mean over channels is drawn; 3 would be red, green and blue", shape[4])
		}
		l, err := layoutOf(ctx, run)
		if err != nil {
			return err
		}
		given.Layout = &l
		return c.save(ctx, a, dir, report.NewMaterial(run, given), report.DrawnBy(verb))
	})
}
