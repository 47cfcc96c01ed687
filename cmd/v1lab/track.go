package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/tracking"
)

type trackCmd struct {
	Folder      []string `name:"run" sep:"none" placeholder:"RUN" help:"Run folder. May be repeated."`
	Sweep       string   `placeholder:"DIR" help:"Folder of a sweep, instead of runs: all its fits, in an experiment named like the folder."`
	Experiment  string   `placeholder:"NAME" help:"Experiment on the server, for runs that it does not have yet. Default: $$MLFLOW_EXPERIMENT_NAME, or v1lab, or the name of the sweep's folder."`
	TensorBoard string   `name:"tensorboard" placeholder:"DIR" help:"Also write event files of TensorBoard, to DIR/NAME for each run."`
}

// Help implements kong.HelpProvider.
func (*trackCmd) Help() string {
	return "Fits send themselves while $MLFLOW_TRACKING_URI is set. This sends what the server lacks of runs that were fitted while it was away, or without it. What was sent is noted in RUN/tracking.json: sent again, nothing is doubled."
}

func (c *trackCmd) Run(ctx context.Context, a *app) error {
	server, err := tracking.FromEnvironment()
	if err != nil {
		return wrong{err}
	}
	if server == nil && c.TensorBoard == "" {
		return usagef("track: nowhere to send to; accepted: $%s, the address of an MLflow server, or --tensorboard DIR", tracking.URIEnv)
	}
	runs, err := c.runs()
	if err != nil {
		return err
	}
	var failed []error
	for _, run := range runs {
		if err := ctx.Err(); err != nil {
			return err
		}
		path := run.path
		if err := (tracking.Targets{Server: server, TensorBoard: c.TensorBoard, Options: run.Options}).Update(ctx, path); err != nil {
			failed = append(failed, err)
			continue
		}
		switch {
		case server == nil:
			a.printf("%s: event file in %s\n", path, c.TensorBoard)
		case c.TensorBoard == "":
			a.printf("%s: sent to %s\n", path, server)
		default:
			a.printf("%s: sent to %s, event file in %s\n", path, server, c.TensorBoard)
		}
	}
	if c.Sweep != "" && server != nil && len(failed) == 0 {
		f, err := sweep.Open(c.Sweep)
		if err == nil {
			err = a.attachBest(ctx, f, server)
		}
		if err != nil {
			return fmt.Errorf("figures of the best run: %w", err)
		}
	}
	if len(failed) > 1 {
		return fmt.Errorf("%d of %d runs: %w", len(failed), len(runs), failed[0])
	}
	return errors.Join(failed...)
}

// trackedRun is a run folder and how it is tracked.
type trackedRun struct {
	path string
	tracking.Options
}

// runs lists the run folders of --run or --sweep.
func (c *trackCmd) runs() (list []trackedRun, err error) {
	if (c.Sweep == "") == (len(c.Folder) == 0) {
		return nil, usagef("--run, --sweep: %d and %q; accepted: one or more runs, or one sweep", len(c.Folder), c.Sweep)
	}
	for _, path := range c.Folder {
		list = append(list, trackedRun{path, tracking.Options{Experiment: c.Experiment}})
	}
	if c.Sweep == "" {
		return list, nil
	}
	f, err := sweep.Open(c.Sweep)
	if err != nil {
		return nil, fmt.Errorf("--sweep: %w", err)
	}
	state, err := sweep.NewReader(f).Read()
	if err != nil {
		return nil, err
	}
	for _, d := range state.Draws {
		for _, path := range d.Runs {
			if !runfolder.IsRun(path) {
				continue
			}
			o := sweepTracking(f, d.Number)
			o.Experiment = cmp.Or(c.Experiment, o.Experiment)
			if d.State == sweep.Failed {
				o.Status = tracking.Failed
			}
			list = append(list, trackedRun{path, o})
		}
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("--sweep: %s has no fits yet; accepted: a sweep whose workers have begun", c.Sweep)
	}
	return list, nil
}

// track follows the fit in a run folder with the server of $MLFLOW_TRACKING_URI and an event file in a folder of --tensorboard, if they are given.
func (a *app) track(path, tensorboard string) (*tracking.Follower, error) {
	server, err := tracking.FromEnvironment()
	if err != nil {
		return nil, wrong{err}
	}
	if server != nil {
		a.sayf("the fit is sent to %s, experiment %q ($%s is set)", server, tracking.Experiment(), tracking.URIEnv)
	}
	return tracking.Follow(path, tracking.Targets{Server: server, TensorBoard: tensorboard}, func(text string) { a.sayf("%s", text) }), nil
}

// statusOf is the status of a fit that ended with an error, or of one with a result.
func statusOf(err error) tracking.Status {
	switch {
	case err == nil:
		return tracking.Running
	case errors.Is(err, fit.ErrInterrupted):
		return tracking.Stopped
	}
	return tracking.Failed
}
