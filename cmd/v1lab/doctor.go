package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"v1lab/kernels/doctor"
	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/jsonfloat"
)

var examine = doctor.Run // replaced in tests

type doctorCmd struct {
	Folder   string `name:"run" placeholder:"RUN" help:"Measure how equivariant this run's core is, instead of checking the installation."`
	Runs     string `placeholder:"DIR" help:"Read all run folders in DIR and below, instead of checking the installation. Needs --read-data."`
	ReadData bool   `help:"With --runs: read every array, compare every file with the SHA-256 that the fit recorded, and name what changed."`
	Clean    bool   `help:"First remove temporary folders and processes of v1lab that killed notebooks left behind."`
	JSON     bool   `help:"Print as JSON."`
}

// examination is what doctor --json prints.
type examination struct {
	OK     bool           `json:"ok"` // nothing needs mending
	Checks []doctor.Check `json:"checks"`
}

func (c *doctorCmd) Run(ctx context.Context, a *app) error {
	if c.ReadData != (c.Runs != "") || c.Runs != "" && (c.Folder != "" || c.Clean) {
		return usagef("--runs DIR --read-data: accepted: both, without --run and --clean")
	}
	if c.Runs != "" {
		return c.runs(ctx, a)
	}
	if c.Folder != "" {
		if c.Clean {
			return usagef("--clean and --run: accepted: one of them")
		}
		return c.model(ctx, a)
	}
	if c.Clean {
		removed, err := doctor.Clean()
		for _, what := range removed {
			a.sayf("removed %s", what)
		}
		if err != nil {
			return err
		}
	}
	checks, bad := examine(ctx, doctor.Options{}), 0
	for _, check := range checks {
		mark := "ok"
		if !check.OK {
			bad++
			mark = "!!"
		}
		if !c.JSON {
			a.printf("%s  %s: %s\n", mark, check.Name, check.Detail)
			if check.Mend != "" && !check.OK {
				a.printf("      mend: %s\n", check.Mend)
			}
		}
	}
	if c.JSON {
		if err := a.json(examination{bad == 0, checks}); err != nil {
			return err
		}
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d parts need mending", bad, len(checks))
	}
	return nil
}

// examined is what doctor --run --json prints.
type examined struct {
	Run          string               `json:"run"`          // run folder
	Core         string               `json:"core"`         // core.kind
	Rotations    int                  `json:"rotations"`    // core.rotations
	Equivariance v1model.Equivariance `json:"equivariance"` // difference between turning the image and turning the maps
}

// model prints how equivariant the core of a run is. It never fails because of a large error: that is a finding, not a fault.
func (c *doctorCmd) model(ctx context.Context, a *app) error {
	run, err := a.open(ctx, c.Folder, "")
	if err != nil {
		return err
	}
	m, err := run.Model()
	if err != nil {
		return err
	}
	e, err := run.Equivariance(ctx)
	if err != nil {
		return fmt.Errorf("run %s: %w", c.Folder, err)
	}
	rotations, _ := core.Rotations(m.Core)
	found := examined{c.Folder, run.Config.Core.Kind, rotations, e}
	if c.JSON {
		return a.json(found)
	}
	return showEquivariance(a, found)
}

func showEquivariance(a *app, found examined) error {
	e := found.Equivariance
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	row := func(what string, worst jsonfloat.Float, note string) {
		fmt.Fprintf(w, "%s\t%s\t%s\n", what, show(worst), note) //nolint:errcheck // kept in a.stdout
	}
	fmt.Fprintf(w, "core\t%s\t%d orientations\n", found.Core, found.Rotations) //nolint:errcheck // kept in a.stdout
	note := "whole maps of images of the model's own size"
	if found.Rotations == 1 {
		note = "one orientation: a control; 0 would mean that features do not depend on orientation"
	}
	row("turns by 90 degrees", e.Quarter, note)
	row("  of the rates", e.Rates, "masks and feature weights turned with the image")
	row("  at one position", e.Position, "away from borders; more than rounding means that orientations differ in batch normalisation (core.shared_biases)")
	row("turns by 45 degrees", e.Eighth, "at one position away from borders; includes the error of the pixel grid")
	for _, t := range e.Angles {
		row(fmt.Sprintf("  %.4g degrees", t.Degrees), t.Error, "")
	}
	a.printf("difference between turning the image and turning the maps: 0 is perfect, 1.4 is unrelated\n")
	if err := w.Flush(); err != nil {
		return nil //nolint:nilerr // kept in a.stdout
	}
	if e.Displaced() {
		a.printf("the whole maps turn worse than one position: strides on maps of even size, or filters of even size, displace them\n")
	}
	return nil
}
