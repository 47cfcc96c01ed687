package main

import (
	"context"

	"v1lab/notebooks/report"
)

type figuresCmd struct {
	Folder string `name:"run" required:"" placeholder:"RUN" help:"Run folder."`
	Out    string `required:"" placeholder:"DIR" help:"Folder for the figures, each as PNG and SVG."`
}

func (c *figuresCmd) Run(ctx context.Context, a *app) error {
	run, err := a.open(ctx, c.Folder, "")
	if err != nil {
		return err
	}
	defer run.Close() //nolint:errcheck // frees memory only
	a.goWithout(run, "only the figures that need no data are drawn")
	all, err := report.All(ctx, run)
	if err != nil {
		return err
	}
	paths, err := report.Save(c.Out, all)
	for _, p := range paths {
		a.printf("%s\n", p)
	}
	return err
}
