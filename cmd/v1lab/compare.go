package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"v1lab/notebooks/report"
	"v1lab/v1model"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/fit"
	"v1lab/v1model/loss"
)

type compareCmd struct {
	Data    string   `required:"" placeholder:"SPEC" help:"The recording, as in npz:recording.npz."`
	Presets []string `required:"" placeholder:"A,B,C" help:"Presets or YAML files to compare; v1lab fit --list-presets shows the presets."`
	Seeds   int      `default:"1" placeholder:"N" help:"Fits of each, with N seeds from its fit.seed on, which is 1 unless set."`
	Set     []string `sep:"none" placeholder:"KEY=VALUE" help:"Change one value of every config, as in fit.batch=64. May be repeated."`
	Out     string   `required:"" placeholder:"DIR" help:"Folder for the runs, NAME-seedK after presets and files, and the figure. Finished fits in it are kept, unfinished ones are continued."`
	JSON    bool     `help:"Print all numbers as JSON."`
	crewFlags
}

func (c *compareCmd) Run(ctx context.Context, a *app) error {
	if c.Seeds < 1 {
		return usagef("--seeds %d; accepted: a number from 1", c.Seeds)
	}
	if err := c.check(); err != nil {
		return err
	}
	models, err := c.models()
	if err != nil {
		return err
	}
	data, backend, err := a.recording(ctx, c.Data, models[0].Config)
	if err != nil {
		return err
	}
	a.sayNotes(data)
	w := &gridWatch{ctx: ctx, app: a, sayOver: true, workers: c.workers(a)}
	var r *compare.Report
	err = a.gracefully(func() (err error) {
		r, err = compare.Run(ctx, backend, data, models, c.Seeds, c.Out, w.watch())
		return err
	})
	w.close()
	if errors.Is(err, fit.ErrInterrupted) {
		return fmt.Errorf("%w; the same command goes on", err)
	}
	if err != nil {
		return err
	}
	for _, m := range r.Models {
		for _, f := range m.Fits {
			if f.Diverged != "" {
				a.sayf("warning: %s: %s", f.Run, f.Diverged)
			}
			if text := loss.NoBetter(float64(f.ValLoss), float64(f.ConstantLoss)); text != "" {
				a.sayf("warning: %s: %s", f.Run, text)
			}
		}
	}
	figure, err := report.Comparison(r)
	if err != nil {
		return err
	}
	paths, err := report.Save(c.Out, []report.Named{{Name: "comparison", Figure: figure}})
	if err != nil {
		return err
	}
	if c.JSON {
		return a.json(r)
	}
	if err := showComparison(a, r); err != nil {
		return err
	}
	for _, p := range paths {
		a.printf("%s\n", p)
	}
	return nil
}

// modelName is the name of a model's run folders: of a preset without its version, of a file without its folder and extension.
func modelName(fileOrPreset string) string {
	if p, err := v1model.FindPreset(fileOrPreset); err == nil {
		return p.Name
	}
	name := filepath.Base(fileOrPreset)
	return strings.TrimSuffix(strings.TrimSuffix(name, ".yaml"), ".yml")
}

// models resolves --presets and --set.
func (c *compareCmd) models() ([]compare.Model, error) {
	var models []compare.Model
	for _, from := range c.Presets {
		config, err := resolve("--presets", from, c.Set)
		if err != nil {
			return nil, err
		}
		name := modelName(from)
		if slices.ContainsFunc(models, func(m compare.Model) bool { return m.Name == name }) {
			return nil, usagef("--presets: %s is named twice", name)
		}
		models = append(models, compare.Model{Name: name, Config: config})
	}
	return models, nil
}

func showComparison(a *app, r *compare.Report) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	row := func(format string, args ...any) {
		fmt.Fprintf(w, format+"\n", args...) //nolint:errcheck // kept in a.stdout
	}
	row("model\tmaps\tvalidation loss\ttest correlation\tof the ceiling\tmean over %d seeds", r.Seeds)
	for _, m := range r.Models {
		spread := show(m.MeanCorr)
		if !math.IsNaN(float64(m.SDCorr)) {
			spread += " +/- " + show(m.SDCorr)
		}
		name := m.Name
		if n := m.NumDiverged(); n > 0 {
			name += fmt.Sprintf(" (%d of %d diverged)", n, len(m.Fits))
		}
		row("%s\t%d\t%s\t%s\t%s\t%s", name, m.Maps, show(m.Best.ValLoss), show(m.Best.TestCorr), show(m.Best.FractionOfCeiling), spread)
	}
	row("ceiling\t\t\t%s\t\t", show(r.Ceiling))
	if err := w.Flush(); err != nil {
		return nil //nolint:nilerr // kept in a.stdout
	}
	a.printf("\nloss, correlation and share of the ceiling are those of each model's fit with the lowest validation loss\n")
	return nil
}
