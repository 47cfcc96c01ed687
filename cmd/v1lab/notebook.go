package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"v1lab/kernels/jupyter"
)

type notebookCmd struct {
	Notebooks []string          `arg:"" name:"NB" help:"Notebooks to run, .ipynb."`
	Set       map[string]string `mapsep:"none" placeholder:"KEY=VALUE" help:"A parameter of the notebooks: cells see V1LAB_PARAM_KEY. May be repeated."`
	Out       string            `placeholder:"DIR" help:"Folder for the executed notebooks. Default: each replaces itself."`
	HTML      bool              `help:"Write HTML beside each executed notebook."`
}

func (c *notebookCmd) Run(ctx context.Context, a *app) error {
	outs := map[string]string{}
	for _, nb := range c.Notebooks {
		if filepath.Ext(nb) != ".ipynb" {
			return usagef("notebook %s: extension %q; accepted: .ipynb", nb, filepath.Ext(nb))
		}
		out := c.path(nb)
		if other, twice := outs[out]; twice {
			return usagef("notebooks %s and %s would both be written to %s", other, nb, out)
		}
		outs[out] = nb
	}
	if err := a.everywhere(); err != nil {
		return err
	}
	if c.Out != "" {
		if err := os.MkdirAll(c.Out, 0o777); err != nil {
			return fmt.Errorf("--out: %w", err)
		}
	}
	for _, nb := range c.Notebooks {
		out := c.path(nb)
		o := jupyter.ExecuteOptions{Notebook: nb, Out: out, Params: c.Set, HTML: c.HTML, Progress: a.stderr}
		if err := a.gracefully(func() error { return jupyter.Execute(ctx, o) }); err != nil {
			if cell := (*jupyter.CellError)(nil); errors.As(err, &cell) {
				return fmt.Errorf("%w\nthe executed notebook is %s", err, out)
			}
			return err
		}
		a.printf("%s\n", out)
		if c.HTML {
			a.printf("%s.html\n", strings.TrimSuffix(out, ".ipynb"))
		}
	}
	return nil
}

func (c *notebookCmd) path(nb string) string {
	if c.Out == "" {
		return nb
	}
	return filepath.Join(c.Out, filepath.Base(nb))
}
