package main

import (
	"context"
	"fmt"
	"strings"

	"v1lab/v1model/experiments/sweep"
)

type sweepStopCmd struct {
	Out  string `required:"" placeholder:"DIR" help:"Folder of the sweep."`
	JSON bool   `help:"Print the state as JSON."`
}

// Help implements kong.HelpProvider.
func (*sweepStopCmd) Help() string {
	return "Workers on all machines save and end. The verb waits for that. v1lab sweep run --out DIR goes on."
}

func (c *sweepStopCmd) Run(ctx context.Context, a *app) error {
	f, err := sweep.Open(c.Out)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	state, err := f.Rest(ctx)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	_ = state.Keep(f) //nolint:errcheck // it is made anew when it is missing
	if c.JSON {
		return a.json(state)
	}
	a.printf("%s: %s, %d of %d draws over\n", c.Out, state.State, state.Over, state.Asked())
	return nil
}

type sweepRetryCmd struct {
	Out  string `required:"" placeholder:"DIR" help:"Folder of the sweep."`
	Draw []int  `placeholder:"N" help:"Number of a draw that failed. May be repeated. Default: all that failed."`
	JSON bool   `help:"Print the state as JSON."`
}

func (c *sweepRetryCmd) Run(a *app) error {
	f, err := sweep.Open(c.Out)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	again, err := f.Retry(c.Draw...)
	if err != nil {
		return fmt.Errorf("--draw: %w", err)
	}
	state, err := stateOf(f)
	if err != nil {
		return err
	}
	if c.JSON {
		return a.json(state)
	}
	if len(again) == 0 {
		a.printf("%s: no draw has failed\n", c.Out)
		return nil
	}
	a.printf("%s: draws %s are tried anew by workers under way, or by v1lab sweep run --out %[1]s\n", c.Out, strings.Trim(fmt.Sprint(again), "[]"))
	return nil
}
