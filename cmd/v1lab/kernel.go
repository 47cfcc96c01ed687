package main

import (
	"context"
	"strings"

	"v1lab/kernels"
	"v1lab/kernels/home"
	"v1lab/kernels/pjrt"
	"v1lab/kernels/tools"
)

type kernelCmd struct {
	Install kernelInstallCmd `cmd:"" help:"Add the kernel to your own Jupyter; print the folder of its specification."`
	List    kernelListCmd    `cmd:"" help:"Show the installed kernels of v1lab."`
	Remove  kernelRemoveCmd  `cmd:"" help:"Undo an installation."`
	Run     kernelRunCmd     `cmd:"" help:"Become the kernel of one notebook. Jupyter calls this."`
	Doctor  doctorCmd        `cmd:"" help:"Same as v1lab doctor."`
}

type kernelInstallCmd struct {
	Prefix      string            `placeholder:"DIR" help:"Install below DIR/share/jupyter, as for an environment. Default: the user's Jupyter folder."`
	Name        string            `help:"Name in notebooks. Default: v1lab."`
	DisplayName string            `help:"Name in menus."`
	Binary      string            `placeholder:"FILE" help:"The v1lab that Jupyter calls. Default: a copy of this one in $$V1LAB_HOME."`
	Env         map[string]string `mapsep:"none" placeholder:"KEY=VALUE" help:"Set in the kernel's environment. May be repeated."`
}

func (c *kernelInstallCmd) Run(ctx context.Context, a *app) error {
	root, err := home.Root()
	if err != nil {
		return err
	}
	// What the kernel needs is made now, while somebody watches.
	var spec kernels.Spec
	err = a.gracefully(func() error {
		if _, err := tools.Ensure(ctx, root, a.stderr); err != nil {
			return err
		}
		if _, err := pjrt.Config(ctx, a.backend, a.stderr); err != nil {
			return err
		}
		if err := tools.Warm(ctx, root, a.stderr); err != nil {
			return err
		}
		o := kernels.InstallOptions{Prefix: c.Prefix, Name: c.Name, DisplayName: c.DisplayName, Env: c.Env, Binary: c.Binary}
		spec, err = kernels.Install(ctx, root, o, a.stderr)
		return err
	})
	if err != nil {
		return err
	}
	a.printf("%s\n", spec.Dir)
	return nil
}

type kernelListCmd struct {
	Prefix []string `sep:"none" placeholder:"DIR" help:"Look below DIR/share/jupyter too. May be repeated."`
	JSON   bool     `help:"Print as JSON."`
}

func (c *kernelListCmd) Run(ctx context.Context, a *app) error {
	specs, err := kernels.List(ctx, c.Prefix...)
	if err != nil {
		return err
	}
	if c.JSON {
		return a.json(append([]kernels.Spec{}, specs...))
	}
	for _, s := range specs {
		a.printf("%s  %q  %s  (%s)\n", s.Name, s.DisplayName, s.Dir, strings.Join(s.Argv, " "))
	}
	return nil
}

type kernelRemoveCmd struct {
	Name   string   `arg:"" help:"Name that v1lab kernel list shows."`
	Prefix []string `sep:"none" placeholder:"DIR" help:"Look below DIR/share/jupyter too. May be repeated."`
}

func (c *kernelRemoveCmd) Run(ctx context.Context, a *app) error {
	spec, err := kernels.Remove(ctx, c.Name, c.Prefix...)
	if err != nil {
		return err
	}
	a.printf("%s\n", spec.Dir)
	return nil
}

type kernelRunCmd struct {
	ConnectionFile string `arg:"" help:"Written by Jupyter."`
}

func (c *kernelRunCmd) Run(ctx context.Context) error { return kernels.Run(ctx, c.ConnectionFile) }
