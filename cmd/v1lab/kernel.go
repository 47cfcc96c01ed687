package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute"

	"v1lab/kernels"
	"v1lab/kernels/pjrt"
	"v1lab/kernels/tools"
	"v1lab/kernels/v1labhome"
)

type kernelCmd struct {
	Install kernelInstallCmd `cmd:"" help:"Install the kernel in your own Jupyter and print the folder of its specification. v1lab lab does not need it."`
	List    kernelListCmd    `cmd:"" help:"List the installed kernels of v1lab, including those that are broken or hidden by another kernel of the same name."`
	Remove  kernelRemoveCmd  `cmd:"" help:"Remove an installed kernel."`
	Run     kernelRunCmd     `cmd:"" help:"Run as the kernel of one notebook. Jupyter calls this."`
	Doctor  doctorCmd        `cmd:"" help:"Same as v1lab doctor."`
}

// warm compiles what cells need. Tests replace it: it builds this program, which takes half a minute after each change.
var warm = tools.Warm

type kernelInstallCmd struct {
	User        bool              `xor:"place" help:"Install for the user, whatever Python environment is active. This is the default."`
	Prefix      string            `xor:"place" placeholder:"DIR" help:"Install below DIR/share/jupyter, such as in an environment; /usr/local is for all users."`
	SysPrefix   bool              `xor:"place" help:"Install in the active Python environment (venv or conda); the same as --prefix with its folder."`
	Name        string            `help:"Name of the kernel in notebooks. Kernels for several devices need different names. Default: v1lab."`
	DisplayName string            `help:"Name in menus. Default: Go (v1lab), or the value of --name."`
	Binary      string            `placeholder:"FILE" help:"The v1lab program that Jupyter calls. Default: a copy of this one in $$V1LAB_HOME."`
	Env         map[string]string `mapsep:"none" placeholder:"KEY=VALUE" help:"Set an environment variable of the kernel; --backend sets GOMLX_BACKEND. May be repeated."`
}

func (c *kernelInstallCmd) Run(ctx context.Context, a *app) error {
	root, err := v1labhome.Root()
	if err != nil {
		return err
	}
	o := kernels.InstallOptions{Prefix: c.Prefix, Name: c.Name, DisplayName: c.DisplayName, Env: c.Env, Binary: c.Binary}
	if c.SysPrefix {
		if o.Prefix, err = kernels.EnvPrefix(ctx); err != nil {
			return fmt.Errorf("--sys-prefix: %w", err)
		}
	}
	if a.backend != "" {
		o.Env = map[string]string{compute.ConfigEnvVar: a.backend}
		maps.Copy(o.Env, c.Env)
	}
	// Prepare now what the kernel needs, so that the user sees the progress and any error.
	var spec kernels.Spec
	err = a.gracefully(func() error {
		if removed, err := kernels.Clean(); len(removed) > 0 || err != nil {
			a.sayf("removed what killed kernels left: %s", strings.Join(removed, ", "))
		}
		if _, err := tools.Ensure(ctx, root, a.stderr); err != nil {
			return err
		}
		if err := pjrt.Prepare(ctx, o.Env[compute.ConfigEnvVar], a.stderr); err != nil {
			return err
		}
		if err := warm(ctx, root, a.stderr); err != nil {
			return err
		}
		spec, err = kernels.Install(ctx, root, o, a.stderr)
		return err
	})
	if err != nil {
		return err
	}
	data := filepath.Dir(filepath.Dir(spec.Dir))
	if dirs, err := kernels.SearchPath(ctx); err == nil && !slices.Contains(dirs, data) {
		a.sayf("the active Jupyter does not search there: start the Jupyter of that prefix, or set JUPYTER_PATH=%s", data)
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
		if s.Broken != "" {
			a.printf("      broken: it %s\n", s.Broken)
		}
		if s.ShadowedBy != "" {
			a.printf("      shadowed: Jupyter takes the one in %s\n", s.ShadowedBy)
		}
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
