package main

import (
	"context"
	"path/filepath"

	"v1lab/kernels/jupyter"
	"v1lab/kernels/v1labhome"
)

// labCmd starts a JupyterLab that ignores installed kernels. Its notebooks always run with this checkout, on the device of --backend.
type labCmd struct {
	Args []string `arg:"" optional:"" help:"Arguments for JupyterLab, after --, as in v1lab lab -- --no-browser --port=8889."`
}

func (c *labCmd) Run(ctx context.Context, a *app) error {
	root, err := v1labhome.Root()
	if err != nil {
		return err
	}
	if err := a.exportBackend(); err != nil {
		return err
	}
	o := jupyter.LabOptions{Dir: filepath.Join(root, "notebooks"), Args: c.Args, Output: a.stderr}
	return a.gracefully(func() error { return jupyter.Lab(ctx, o) })
}
