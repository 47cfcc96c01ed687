package main

import (
	"context"
	"errors"

	"v1lab/notebooks/report"
)

type figuresCmd struct {
	Folder string `name:"run" required:"" placeholder:"RUN" help:"Run folder."`
	Out    string `required:"" placeholder:"DIR" help:"Folder for the figures, each as PNG and SVG."`
}

// save draws figures into a folder and returns the files. What can be drawn is, also where something else cannot: that is the error.
func (a *app) save(ctx context.Context, dir string, m *report.Material, entries []report.Entry) ([]string, error) {
	drawn, failures := report.Draw(ctx, m, entries)
	paths, err := report.Save(dir, drawn)
	for _, f := range failures {
		err = errors.Join(err, f)
	}
	return paths, err
}

// saveAndList is save for verbs that list the files.
func (a *app) saveAndList(ctx context.Context, dir string, m *report.Material, entries []report.Entry) error {
	paths, err := a.save(ctx, dir, m, entries)
	for _, p := range paths {
		a.printf("%s\n", p)
	}
	return err
}

func (c *figuresCmd) Run(ctx context.Context, a *app) error {
	run, err := a.open(ctx, c.Folder, "")
	if err != nil {
		return err
	}
	defer run.Close() //nolint:errcheck // frees memory only
	a.goWithout(run, "only the figures that need no data are drawn")
	return a.saveAndList(ctx, c.Out, report.NewMaterial(run, report.Given{}), report.DrawnBy(report.VerbFigures))
}
