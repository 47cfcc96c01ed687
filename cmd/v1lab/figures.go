package main

import (
	"context"

	"v1lab/notebooks/report"
	"v1lab/v1model/runfolder"
)

type figuresCmd struct {
	Folder string `name:"run" required:"" placeholder:"RUN" help:"Run folder."`
	Out    string `required:"" placeholder:"DIR" help:"Folder for the figures, each as PNG and SVG."`
}

func (c *figuresCmd) Run(ctx context.Context, a *app) error {
	run, err := runfolder.Open(c.Folder)
	if err != nil {
		return err
	}
	data := a.dataIfAny(run, "only the figures that need no data are drawn")
	backend, err := a.device(ctx, run.Config)
	if err != nil {
		return err
	}
	all, err := report.All(backend, run, data)
	if err != nil {
		return err
	}
	paths, err := report.Save(c.Out, all)
	for _, p := range paths {
		a.printf("%s\n", p)
	}
	return err
}
