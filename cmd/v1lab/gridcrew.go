package main

import (
	"context"

	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/experiments/sweep/queue"
)

// crewFlags are those of verbs that make many fits.
type crewFlags struct {
	Workers int `default:"1" placeholder:"N" help:"Workers on this machine: processes named v1lab sweep work, which make the fits. Weights and scores do not depend on their number. Default: 1, this process."`
	queueFlag
}

func (c crewFlags) check() error {
	if c.Workers < 1 {
		return usagef("--workers %d; accepted: a number from 1", c.Workers)
	}
	return c.queueFlag.check()
}

// workers returns what lets several processes make the fits of a grid, or nil if this one makes them alone.
func (c crewFlags) workers(a *app) func(context.Context, *grid.Grid) error {
	if c.Workers == 1 && c.Queue == "" {
		return nil
	}
	return func(ctx context.Context, g *grid.Grid) error {
		f, err := sweep.List(g)
		if err != nil {
			return err
		}
		if err := f.Go(); err != nil {
			return err
		}
		q, err := queue.Open(ctx, f, c.Queue) // before workers are started
		if err != nil {
			return err
		}
		q.Close()
		if err := a.exportBackend(); err != nil {
			return err
		}
		return (&crew{app: a, folder: f, queue: c.Queue}).run(ctx, c.Workers)
	}
}
