package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"v1lab/datasets"
	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/experiments/sweep/queue"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/tracking"
)

type sweepWorkCmd struct {
	Out string `required:"" placeholder:"DIR" help:"Folder of the sweep."`
	queueFlag
}

// Help implements kong.HelpProvider.
func (*sweepWorkCmd) Help() string {
	return "It ends when the sweep is over or stopped. SIGTERM, SIGUSR1 and Ctrl-C let it save and end within 10 seconds. Start as many as you like, on as many machines as see the folder; several machines need --queue."
}

// farewell is how long a worker may take to save when it is asked to end. Then it ends as if it had been killed: at the last checkpoint.
const farewell = 9 * time.Second

func (c *sweepWorkCmd) Run(ctx context.Context, a *app) error {
	if err := c.check(); err != nil {
		return err
	}
	f, err := sweep.Open(c.Out)
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	state, err := sweep.NewReader(f).Read()
	if err != nil {
		return err
	}
	if state.State == sweep.Finished && (!f.Spec.More || os.Getenv(crewEnv) != "") {
		a.sayf("the sweep is finished")
		return nil
	}
	if f.Stopped() {
		a.sayf("the sweep was stopped; v1lab sweep run --out %s goes on", c.Out)
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if os.Getenv(crewEnv) != "" {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin) //nolint:errcheck // it ends with the parent
			cancel()
		}()
	}
	var late *time.Timer
	unhook := context.AfterFunc(ctx, func() {
		late = time.AfterFunc(farewell, func() {
			a.sayf("v1lab sweep work: what is under way takes too long to save; the last checkpoint counts")
			os.Exit(failed)
		})
	})
	defer func() {
		if !unhook() && late != nil {
			late.Stop()
		}
	}()
	return a.gracefully(func() error { return c.lists(ctx, a, f) })
}

// waitForList is how long a worker waits for the next list of a study: until then the study has fitted what failed in workers, and chosen.
const waitForList = 10 * time.Minute

// lists works on a sweep and, if it is a list that others follow, on these. Workers that a command starts end with their list; it starts them anew.
func (c *sweepWorkCmd) lists(ctx context.Context, a *app, f *sweep.Folder) error {
	for {
		over, err := c.work(ctx, a, f)
		if err != nil || !over || !f.IsList() || os.Getenv(crewEnv) != "" {
			return err
		}
		if !f.Spec.More {
			a.sayf("all fits of this list are over")
			return nil
		}
		a.sayf("all fits of this list are over; waiting for the next list of the study, at most %v", waitForList)
		next, err := f.Next(ctx, waitForList)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("%w; to go on: v1lab sweep work --out %s", queue.ErrInterrupted, c.Out)
		case err != nil:
			return err
		case next == nil:
			a.sayf("there is no other list")
			return nil
		}
		f = next
	}
}

// work works on a sweep until it is over, or stopped.
func (c *sweepWorkCmd) work(ctx context.Context, a *app, f *sweep.Folder) (over bool, err error) {
	var data *datasets.Dataset
	if !f.IsList() {
		if data, err = dataset(f.Spec.Data); err != nil {
			return false, err
		}
	}
	backend, err := a.device(ctx, f.Base)
	if err != nil {
		return false, err
	}
	var begun sweep.Task
	w := &sweep.Worker{Folder: f, Backend: backend, Data: data, Open: dataset, Report: func(t sweep.Task, p fit.Progress) {
		if t != begun {
			begun = t
			a.sayf("%s: at step %d of %d", fitName(f, t), p.Steps, p.MaxSteps)
		}
	}}
	if err := w.Check(); err != nil {
		return false, err
	}
	server, err := tracking.FromEnvironment()
	if err != nil {
		return false, wrong{err}
	}
	q, err := queue.Open(ctx, f, c.Queue)
	if err != nil {
		return false, err
	}
	defer q.Close()
	q.Warn = func(err error) { a.sayf("warning: %s; waiting for it", oneLine(err)) }
	sender := tracking.NewSender(server, func(text string) { a.sayf("%s", text) })
	closed := false
	closeSender := func() (left int) {
		if closed {
			return 0
		}
		closed = true
		if left = sender.Close(trackingFarewell); left > 0 {
			a.sayf("warning: %s lacks news of %d fits; to send them: v1lab track --sweep %s", server, left, c.Out)
		}
		return left
	}
	defer closeSender()
	err = q.Work(ctx, func(ctx context.Context, t sweep.Task) error {
		begun = sweep.Task{Draw: -1}
		s, err := w.Work(ctx, t)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", fitName(f, t), err)
		case s.Ended == sweep.Failed:
			a.sayf("warning: %s: %s", fitName(f, t), oneLine(errors.New(s.Error)))
		case s.Ended != sweep.Busy:
			a.sayf("%s: %s, step %d, lowest validation loss %.6g", fitName(f, t), s.Ended, s.Steps, s.Best)
		}
		if s.Ended != sweep.Busy {
			o := sweepTracking(f, t.Draw)
			if s.Ended == sweep.Failed {
				o.Status = tracking.Failed
			}
			if path := f.Run(t.Draw, t.Seed); runfolder.IsRun(path) {
				sender.Send(path, o)
			}
		}
		return nil
	})
	switch {
	case errors.Is(err, queue.ErrStopped):
		a.sayf("%v; what was done is saved", err)
		return false, nil
	case errors.Is(err, queue.ErrInterrupted):
		return false, fmt.Errorf("%w; what was done is saved; to go on: v1lab sweep work --out %s", err, c.Out)
	case err != nil:
		return false, err
	}
	if server != nil && closeSender() == 0 {
		if err := a.attachBest(ctx, f, server); err != nil {
			a.sayf("warning: figures of the best run: %s; to send them: v1lab track --sweep %s", oneLine(err), c.Out)
		}
	}
	return true, nil
}

// trackingFarewell is how long a worker that ends waits for a server that does not answer.
const trackingFarewell = 3 * time.Second

// sweepTracking says how a fit of a sweep is tracked: the sweep is an experiment, named like its folder unless the environment names one.
func sweepTracking(f *sweep.Folder, draw int) tracking.Options {
	name := f.Path
	if full, err := filepath.Abs(f.Path); err == nil {
		name = full
	}
	return tracking.Options{
		Experiment: cmp.Or(os.Getenv(tracking.ExperimentEnv), filepath.Base(name)),
		Tags:       map[string]string{"v1lab.sweep": name, "v1lab.draw": fmt.Sprint(draw)},
	}
}

func fitName(f *sweep.Folder, t sweep.Task) string {
	if f.IsList() {
		return filepath.Base(f.Run(t.Draw, t.Seed))
	}
	return fmt.Sprintf("draw %d, seed %d", t.Draw, f.Seed(t.Draw, t.Seed))
}
