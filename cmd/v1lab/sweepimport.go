package main

import (
	"fmt"

	"v1lab/v1model/experiments/sweep"
)

type sweepImportCmd struct {
	Out  string   `required:"" placeholder:"DIR" help:"Folder of the sweep, which nobody works on. sweep run --prepare makes it."`
	Runs []string `name:"run" sep:"none" required:"" placeholder:"RUN" help:"Finished run folder of the same recording and config, with values in the sweep's space. May be repeated; runs that differ in fit.seed alone are one draw."`
	JSON bool     `help:"Print the state as JSON."`
}

// Help implements kong.HelpProvider.
func (*sweepImportCmd) Help() string {
	return "The run folders are copied. Their draws have numbers below 0, count among the best, and are in the view of tpe from the next draw on that is proposed. Each needs as many seeds as the sweep has. If one run can't be taken, none is."
}

func (c *sweepImportCmd) Run(a *app) error {
	f, err := sweep.Open(c.Out)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	draws, err := f.Import(c.Runs...)
	if err != nil {
		return fmt.Errorf("--run: %w", err)
	}
	state, err := stateOf(f)
	if err != nil {
		return err
	}
	if c.JSON {
		return a.json(state)
	}
	if len(draws) == 0 {
		a.printf("%s: these runs are there already\n", c.Out)
		return nil
	}
	return showDraws(a, draws)
}
