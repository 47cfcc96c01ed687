package main

import (
	"context"
	"errors"
	"fmt"

	"v1lab/kernels/background"
	"v1lab/v1model/runfolder"
)

// ownProgram is background.Program. Tests replace it by their own executable.
var ownProgram = background.Program

// background starts the same fit in a separate process.
func (c *fitCmd) background(ctx context.Context, a *app) error {
	w, writing, err := runfolder.WriterOf(c.Out)
	if err != nil {
		return err
	}
	if writing {
		return fmt.Errorf("--background: run folder %s: a fit is under way there (%v); to see it: %s", c.Out, w, c.following())
	}
	program, err := ownProgram(ctx, a.stderr)
	if err != nil {
		return err
	}
	args := []string{"fit", "--out", c.Out}
	for _, of := range []struct {
		flag  string
		value string
	}{{"--data", c.Data}, {"--config", c.Config}, {"--core-from", c.CoreFrom}, {"--backend", a.backend}, {"--tensorboard", c.TensorBoard}} {
		if of.value != "" {
			args = append(args, of.flag, of.value)
		}
	}
	for _, s := range c.Set {
		args = append(args, "--set", s)
	}
	if c.Seed != nil {
		args = append(args, "--seed", fmt.Sprint(*c.Seed))
	}
	if c.Resume {
		args = append(args, "--resume")
	}
	f, err := background.Start(c.Out, program, args...)
	if err != nil {
		return err
	}
	a.printf("%s: process %d fits in the background; to see it: %s\n", c.Out, f.PID(), c.following())
	return nil
}

func (c *fitCmd) following() string { return "v1lab fit --follow --out " + c.Out }

// follow shows the progress of a fit in another process.
func (c *fitCmd) follow(ctx context.Context, a *app) error {
	f, err := background.Find(c.Out)
	if err != nil {
		return err
	}
	if f == nil {
		run, err := runfolder.Open(c.Out)
		if err != nil {
			return fmt.Errorf("--follow: %w", err)
		}
		result, over, err := run.Result()
		if err == nil && !over {
			err = fmt.Errorf("--follow: no fit is under way in %s; to go on: v1lab fit --resume --out %s", c.Out, c.Out)
		}
		if err != nil {
			return err
		}
		return c.show(a, result, nil)
	}
	p := newProgress(context.WithoutCancel(ctx), a.stderr) // on Ctrl-C nothing is saved here
	var result runfolder.Result
	err = a.gracefully(func() (err error) {
		result, err = f.Follow(ctx, p.report)
		return err
	})
	p.close()
	if errors.Is(err, context.Canceled) {
		a.sayf("the fit goes on in process %d; to see it: %s; to save and stop it: kill -INT %[1]d", f.PID(), c.following())
		return nil
	}
	var ended *background.Ended
	if errors.As(err, &ended) && ended.Saved {
		return fmt.Errorf("%w; to go on: v1lab fit --resume --out %s", err, c.Out)
	}
	if err != nil {
		return err
	}
	return c.show(a, result, nil)
}
