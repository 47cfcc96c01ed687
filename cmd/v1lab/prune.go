package main

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"

	"v1lab/v1model/fit"
	"v1lab/v1model/prune"
	"v1lab/v1model/runfolder"
)

type pruneCmd struct {
	Folder   string `name:"run" required:"" placeholder:"RUN" help:"Run folder."`
	Data     string `placeholder:"SPEC" help:"The recording, if it is no longer where the run folder says."`
	Features int    `placeholder:"N" help:"Number of features to keep."`
	Loss     string `placeholder:"X%" help:"Instead of --features: keep as few as possible, so that at most this share of what the validation loss gains on constant rates is lost, as in 0.1%."`
	Out      string `required:"" placeholder:"RUN2" help:"Run folder to make."`
	JSON     bool   `help:"Print as JSON."`
}

// Help implements kong.HelpProvider.
func (*pruneCmd) Help() string {
	return "Features that neurons need least are left out of the core's last layer, each in all orientations: those with the smallest share of the power of readout weights, mean over neurons. " +
		"The others are kept as they are, and the readout is fitted anew from its weights, by the run's own config and recording. " +
		"With --loss, several such fits look for the fewest features by bisection. " +
		"The new run is one like any other, with fewer core.features, a frozen core, and fit.core_from, which says what was kept of which run."
}

func (c *pruneCmd) Run(ctx context.Context, a *app) error {
	o, err := c.options()
	if err != nil {
		return err
	}
	if err := runfolder.CheckFree(c.Out); err != nil { // before the run is read
		return fmt.Errorf("--out: %w", err)
	}
	run, err := a.open(ctx, c.Folder, c.Data)
	if err != nil {
		return err
	}
	defer run.Close() //nolint:errcheck // frees memory only
	p, now := newProgress(ctx, a.stderr), 0
	o.Progress = func(features int, s fit.Progress) {
		if features != now {
			now = features
			a.sayf("fitting the readout of %d features", features)
		}
		p.report(s)
	}
	var r *prune.Report
	err = a.gracefully(func() (err error) {
		r, err = prune.Prune(ctx, run, c.Out, o)
		return err
	})
	p.close()
	if err != nil {
		return err
	}
	if c.JSON {
		return a.json(r)
	}
	a.printf("%s: %d of %d features kept: %s\n", r.Out, len(r.Kept), r.Features, join(r.Kept))
	a.printf("validation loss %.6g, was %.6g: %.3g %% of the gain on constant rates (%.6g) lost\n", float64(r.LossNow), float64(r.Loss), 100*float64(r.Cost), float64(r.Constant))
	a.printf("test correlation %.4f, was %.4f\n", float64(r.CorrNow), float64(r.Corr))
	return nil
}

// options parses --features and --loss.
func (c *pruneCmd) options() (o prune.Options, err error) {
	if (c.Features != 0) == (c.Loss != "") {
		return o, usagef("--features and --loss: one of them is needed, and not both")
	}
	if c.Features < 0 {
		return o, usagef("--features %d; accepted: a number of features to keep, from 1", c.Features)
	}
	o.Features = c.Features
	if c.Loss == "" {
		return o, nil
	}
	number, percent := strings.CutSuffix(c.Loss, "%")
	v, err := strconv.ParseFloat(number, 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v > 0 && v < 1) || math.IsNaN(v) {
		return o, usagef("--loss %s; accepted: a share above 0 and below 1, as in 0.1%% or 0.001", c.Loss)
	}
	o.Loss = v
	return o, nil
}

// join lists numbers.
func join(numbers []int) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(numbers)), ", "), "[]")
}
