package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/schollz/progressbar/v3"

	"v1lab/datasets/durable"
	"v1lab/datasets/stats"
	"v1lab/notebooks/report"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
	"v1lab/v1model/insilico/kept"
	"v1lab/v1model/jsonfloat"
)

// experiment has the flags that rf, mei and tune share.
type experiment struct {
	Folder  []string `name:"run" required:"" sep:"none" placeholder:"RUN" help:"Run folder. Repeated, for fits of one recording, the mean of their rates is the model: an ensemble. The folder of a sweep stands for the runs of its five best draws."`
	Neurons string   `placeholder:"LIST" help:"Neurons by number, as in 0-3,7. Default: all."`
	Out     string   `required:"" placeholder:"F.npz" help:"Archive to write. Reports and notebooks show archives that are in RUN/insilico."`
	Figures string   `placeholder:"DIR" help:"Folder for figures, each as PNG and SVG."`
	JSON    bool     `help:"Print as JSON."`

	given  *fitted.ImageStatistics // of --image of rf
	extent *insilico.Extent        // of the images of mei
	spread []float32               // of an ensemble, SD between its runs' rates
	rates  []float32               // their mean
}

// experimented is what rf, mei and tune print with --json.
type experimented struct {
	Out     string                  `json:"out"`
	Neurons []int                   `json:"neurons"`
	Dead    []int                   `json:"dead"`                  // those whose values are NaN
	Given   *fitted.ImageStatistics `json:"given"`                 // the image of rf --image beside those of the fit; null without, for an archive, and for a run without a recording
	Runs    []string                `json:"runs,omitempty"`        // of an ensemble
	Spread  *jsonfloat.Float        `json:"rate_spread,omitempty"` // of an ensemble: mean of the SD between the runs' rates to the images of mei or the optimal Gabors of tune
	Extent  *insilico.Extent        `json:"extent"`                // pixels of the images of mei; null for other verbs, and for a run without a recording
}

// open opens the runs and puts them on the device. A list of neurons that can't be used is wrong use.
func (e *experiment) open(ctx context.Context, a *app) (model *fitted.Ensemble, s *insilico.Subject, neurons []int, err error) {
	if model, err = a.ensemble(ctx, e.Folder, ""); err != nil {
		return nil, nil, nil, err
	}
	run := model.Runs[0]
	if neurons, err = insilico.ParseNeurons(e.Neurons, run.Dataset.Shape.Neurons); err != nil {
		return nil, nil, nil, usagef("--%w", err)
	}
	if dir := kept.Folder(run.Path); filepath.Dir(e.Out) == dir {
		if err := durable.MkdirAll(dir, 0o777); err != nil {
			return nil, nil, nil, fmt.Errorf("--out: %w", err)
		}
	}
	if info, err := os.Stat(filepath.Dir(e.Out)); err != nil || !info.IsDir() { // before the work is done
		return nil, nil, nil, fmt.Errorf("--out: %s: no such folder", filepath.Dir(e.Out))
	}
	for _, r := range model.Runs {
		if err := a.sayBehaviour(r); err != nil {
			return nil, nil, nil, err
		}
	}
	s, err = model.Subject(ctx)
	return model, s, neurons, err
}

// oneRun refuses figures that are arranged by the features of one run.
func (e *experiment) oneRun(model *fitted.Ensemble) error {
	if e.Figures != "" && len(model.Runs) > 1 {
		return usagef("--figures: of %d runs; accepted: with one run, by whose features they are arranged", len(model.Runs))
	}
	return nil
}

// finish writes the archive, prints its path and draws the figures.
func (e *experiment) finish(a *app, model *fitted.Ensemble, neurons []int, dead []bool, result kept.Result, what string, draw func(dir string) error) error {
	run := model.Runs[0]
	key, err := model.Key(neurons, "")
	if err != nil {
		return err
	}
	if err := run.Keep(e.Out, key, result); err != nil {
		return err
	}
	none := []int{}
	for i, n := range neurons {
		if dead[i] {
			none = append(none, n)
		}
	}
	if len(none) > 0 {
		list, err := run.Because(none, "nothing excites them", strconv.Itoa, 20)
		if err != nil {
			return err
		}
		a.sayf("warning: %d of %d neurons are dead, and their values are NaN: %s", len(none), len(neurons), list)
	}
	told := experimented{Out: e.Out, Neurons: neurons, Dead: none, Given: e.given, Extent: e.extent}
	if len(model.Runs) > 1 {
		told.Runs = pathsOf(model)
	}
	if e.spread != nil {
		mean := stats.Mean(e.spread)
		a.sayf("%s", model.Disagreement(mean, stats.Mean(e.rates)))
		told.Spread = new(jsonfloat.Float)
		*told.Spread = jsonfloat.Float(mean)
	}
	if e.JSON {
		if err := a.json(told); err != nil {
			return err
		}
	} else {
		a.printf("%s: %s, %d neurons\n", e.Out, what, len(neurons))
	}
	if e.Figures == "" {
		return nil
	}
	if err := draw(e.Figures); err != nil {
		return fmt.Errorf("--figures: %w", err)
	}
	return nil
}

// save draws figures, and lists them unless the output is JSON.
func (e *experiment) save(ctx context.Context, a *app, dir string, m *report.Material, entries []report.Entry) error {
	if e.JSON {
		_, err := a.save(ctx, dir, m, entries)
		return err
	}
	return a.saveAndList(ctx, dir, m, entries)
}

// layoutOf returns the arrangement of a run's neurons in figures, with crops as large as in figure 6 of the paper.
func layoutOf(ctx context.Context, run *fitted.Run) (report.Layout, error) {
	l, err := report.LayoutOf(ctx, run)
	if err != nil {
		return l, err
	}
	l.Size = min(report.CropSize, max(l.Height, l.Width))
	return l, nil
}

// counter shows the progress of an experiment: a bar on a terminal, elsewhere a line every ten seconds.
type counter struct {
	w      io.Writer
	what   string
	bar    *progressbar.ProgressBar // nil for lines
	said   time.Time
	unhook func() bool
}

// newCounter starts a display. When ctx ends and unfinished work is kept, it says that the work is being saved.
func newCounter(ctx context.Context, w io.Writer, what string, kept bool) *counter {
	c := &counter{w: w, what: what, bar: newBar(w), unhook: func() bool { return true }}
	if kept {
		c.unhook = saySaving(ctx, w, c.bar)
	}
	return c
}

func (c *counter) report(p insilico.Progress) {
	left := ""
	if p.Left >= 0 && p.Done < p.Total {
		left = fmt.Sprintf(", about %s left", p.Left.Round(time.Second))
	}
	if c.bar != nil {
		c.bar.ChangeMax(max(p.Total, p.Done+1)) // full, the bar would vanish
		c.bar.Describe(c.what + left)
		_ = c.bar.Set(p.Done) //nolint:errcheck // nobody to tell
		return
	}
	if p.Done < p.Total && time.Since(c.said) < 10*time.Second {
		return
	}
	c.said = time.Now()
	fmt.Fprintf(c.w, "%d of %d %s in %.1f s%s\n", p.Done, p.Total, c.what, p.Elapsed.Seconds(), left) //nolint:errcheck // nobody to tell
}

// close removes the bar.
func (c *counter) close() {
	c.unhook()
	if c.bar != nil {
		_ = c.bar.Clear() //nolint:errcheck // nobody to tell
	}
}
