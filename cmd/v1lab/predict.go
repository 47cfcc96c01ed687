package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/stats"
	"v1lab/v1model/fitted"
	"v1lab/v1model/jsonfloat"
)

type predictCmd struct {
	Folder []string `name:"run" required:"" sep:"none" placeholder:"RUN" help:"Run folder. Repeated, for fits of one recording, the rates are the mean of theirs: an ensemble. The folder of a sweep stands for the runs of its five best draws."`
	Images string   `required:"" placeholder:"X.npy" help:"Images as recorded, [n, height, width] or [n, height, width, channels], of any numeric type; or an archive of v1lab mei. The run crops, greys, resizes and normalises them as it did its own."`
	At     []string `name:"covariates" placeholder:"NAME=VALUE,..." help:"Covariates of a run with modulation or shifter, in recorded units: NAME=VALUE,... for all images alike; a file with one of each for each image, .npz with an array [n] for each name, or .npy [n, names] in the order of the run; or mean, the training means. What is not given, or NaN, is the training mean. Default: mean."`
	Out    string   `required:"" placeholder:"RATES.npy" help:"File for the rates, float32 [n, neurons], in units of the normalised responses."`
	Spread string   `placeholder:"SD.npy" help:"File for the spread of an ensemble, the SD between its runs' rates, float32 [n, neurons]."`
	JSON   bool     `help:"Print as JSON."`
}

// predicted is what predict --json prints.
type predicted struct {
	Out        string                  `json:"out"`
	Images     int                     `json:"images"`                // number of images
	Neurons    int                     `json:"neurons"`               // number of neurons
	Covariates []string                `json:"covariates,omitempty"`  // of the run: given, or at their training means, as the command says
	Absent     []int                   `json:"absent"`                // images of an archive that do not exist, as their neurons are dead; their rates are NaN
	Runs       []string                `json:"runs,omitempty"`        // of an ensemble
	Spread     *jsonfloat.Float        `json:"rate_spread,omitempty"` // of an ensemble: mean over images and neurons of the SD between the runs' rates
	Given      *fitted.ImageStatistics `json:"given"`                 // the images beside those of the fit; null for an archive, whose units are known, and for a run without a recording
}

func (c *predictCmd) Run(ctx context.Context, a *app) error {
	if c.Spread != "" && filepath.Clean(c.Spread) == filepath.Clean(c.Out) {
		return usagef("--spread: %s, the file of --out; accepted: another file", c.Spread)
	}
	e, err := a.ensemble(ctx, c.Folder, "")
	if err != nil {
		return err
	}
	defer e.Close() //nolint:errcheck // frees memory only
	if c.Spread != "" && len(e.Runs) == 1 {
		return usagef("--spread: with one run; accepted: with several, between which there is a spread")
	}
	given, err := a.givenTo(e.Runs[0], c.Images, -1, "")
	if err != nil {
		return err
	}
	at, err := a.covariatesFor(e.Runs[0], c.At, given.N)
	if err != nil {
		return err
	}
	rates, spread, err := e.RatesAt(ctx, given.Images, at)
	if err != nil {
		return err
	}
	p := predicted{Out: c.Out, Covariates: at.Names, Images: rates.N, Neurons: rates.Neurons, Absent: []int{}, Given: given.compare}
	for i, absent := range given.absent {
		if absent {
			p.Absent = append(p.Absent, i)
			for n := range rates.Neurons {
				rates.Values[i*rates.Neurons+n] = float32(math.NaN())
				if spread.N > 0 {
					spread.Values[i*rates.Neurons+n] = float32(math.NaN())
				}
			}
		}
	}
	if spread.N > 0 {
		mean := stats.Mean(spread.Values)
		a.sayf("%s", e.Disagreement(mean, stats.Mean(rates.Values)))
		p.Runs, p.Spread = pathsOf(e), new(jsonfloat.Float)
		*p.Spread = jsonfloat.Float(mean)
	}
	if c.Spread != "" {
		if err := array.WriteNPY(c.Spread, array.New(spread.Values, spread.N, spread.Neurons)); err != nil {
			return err
		}
	}
	if err := array.WriteNPY(c.Out, array.New(rates.Values, rates.N, rates.Neurons)); err != nil {
		return err
	}
	if len(p.Absent) > 0 {
		a.sayf("warning: %d of %d images are of dead neurons and do not exist: their rates are NaN", len(p.Absent), rates.N)
	}
	if c.JSON {
		return a.json(p)
	}
	a.printf("%s: %d images, %d neurons\n", c.Out, rates.N, rates.Neurons)
	return nil
}

// readImages reads a .npy file of images; errors name the file.
func readImages(path string) (datasets.Images, error) {
	a, err := array.ReadNPY(path)
	if err != nil {
		return datasets.Images{}, err
	}
	pixels, err := a.Float32s()
	if err != nil {
		return datasets.Images{}, fmt.Errorf("%s: %w", path, err)
	}
	shape := a.Shape
	if len(shape) == 3 {
		shape = append(shape[:3:3], 1)
	}
	if len(shape) != 4 || len(pixels) == 0 {
		return datasets.Images{}, fmt.Errorf("%s: shape %s; accepted: [n, height, width] or [n, height, width, channels], none of them 0", path, array.FormatShape(a.Shape))
	}
	im := datasets.Images{N: shape[0], Height: shape[1], Width: shape[2], Channels: shape[3], Pixels: pixels}
	for i, v := range pixels {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return datasets.Images{}, fmt.Errorf("%s: image %d has the value %v; accepted: finite numbers", path, i/im.Size(), v)
		}
	}
	return im, nil
}
