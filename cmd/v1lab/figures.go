package main

import (
	"context"
	"errors"

	"v1lab/notebooks/report"
)

type figuresCmd struct {
	Folder string `name:"run" required:"" placeholder:"RUN" help:"Run folder."`
	Data   string `placeholder:"SPEC" help:"The recording, if it is no longer where the run folder says."`
	Out    string `required:"" placeholder:"DIR" help:"Folder for the figures, each as PNG and SVG."`
}

// save draws figures into a folder and returns the paths. It draws all that it can; the error joins those of the figures that failed.
func (a *app) save(ctx context.Context, dir string, m *report.Material, entries []report.Entry) ([]string, error) {
	drawn, failures := report.Draw(ctx, m, entries)
	paths, err := report.Save(dir, drawn)
	for _, f := range failures {
		err = errors.Join(err, f)
	}
	return paths, err
}

// saveAndList calls save and prints the paths.
func (a *app) saveAndList(ctx context.Context, dir string, m *report.Material, entries []report.Entry) error {
	paths, err := a.save(ctx, dir, m, entries)
	for _, p := range paths {
		a.printf("%s\n", p)
	}
	return err
}

func (c *figuresCmd) Run(ctx context.Context, a *app) error {
	runs, err := a.fits(ctx, []string{c.Folder}, given(c.Data))
	if err != nil {
		return err
	}
	run := runs[0]
	defer run.Close() //nolint:errcheck // frees memory only
	a.warnWithoutRecording(run, "only figures that need no recording are drawn")
	return a.saveAndList(ctx, c.Out, report.NewMaterial(run, report.Given{}), report.DrawnBy(report.VerbFigures))
}
