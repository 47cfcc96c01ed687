//go:build !v1lab_engine

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gomlx/compute"

	"v1lab/datasets/formats"
	"v1lab/kernels/background"
	"v1lab/notebooks/display"
	"v1lab/v1model"
	"v1lab/v1model/runfolder"
)

// FitInBackground fits like Fit, but in a separate process ("v1lab fit"), whose progress the cell shows. The fit goes on if the notebook is closed
// or if the cell, the kernel or Jupyter dies or is restarted. When the cell runs again, it shows the fit that is under way, continues one that
// stopped or died, or returns at once if the fit is over. The stop button saves and stops the fit; restarting the kernel does not. Messages of the
// fit are in fit.log in the run folder. If the fit fails, so does the cell, with the last lines of fit.log. StartFit and Follow do the same in two
// steps, so that other cells can run meanwhile.
func FitInBackground(spec, config, path string, settings ...string) *Run {
	return follow(path, start(spec, config, path, settings), true)
}

// StartFit starts the same fit as FitInBackground and returns at once, so that other cells can run. Follow shows its progress, StopFit saves and
// stops it. StartFit does nothing if the fit is under way or over.
func StartFit(spec, config, path string, settings ...string) {
	switch f := start(spec, config, path, settings); {
	case f == nil:
		display.Text("the fit in %s is over", path)
	default:
		display.Text("the fit in %s runs in the background, process %d; lab.Follow(%q) shows how far it is", path, f.PID(), path)
	}
}

// Follow shows the progress of a fit until it is over, whether it was started here, in another notebook or in a terminal. The stop button ends the
// cell, not the fit.
func Follow(path string) *Run {
	f, err := background.Find(path)
	display.Check(err)
	if f == nil && !over(path) {
		display.Check(fmt.Errorf("run folder %s: no fit is under way there; FitInBackground starts one, or goes on with one that stopped", path))
	}
	return follow(path, f, false)
}

// StopFit saves and stops a fit that is under way, whoever started it. It does nothing if the fit has ended.
func StopFit(path string) {
	f, err := background.Find(path)
	display.Check(err)
	if f == nil {
		display.Text("no fit is under way in %s", path)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	display.Check(f.Stop(ctx))
	display.Text("the fit in %s is saved", path)
}

// start starts the fit or finds the one under way; nil if it is over.
func start(spec, config, path string, settings []string) *background.Fit {
	Must(v1model.Load(config, settings...)) // report errors before anything is started
	f, err := background.Find(path)
	display.Check(err)
	if f != nil || over(path) {
		return f
	}
	program := Must(background.Program(context.Background(), os.Stderr))
	args := []string{"fit", "--resume", "--out", path}
	if !runfolder.IsRun(path) { // in an existing run folder, its own config and recording count
		args = append(args, "--data", Must(formats.Absolute(spec)))
		if config != "" {
			args = append(args, "--config", config)
		}
		for _, s := range settings {
			args = append(args, "--set", s)
		}
	}
	if device := os.Getenv(compute.ConfigEnvVar); device != "" { // as in other cells, the kernel's device counts
		args = append(args, "--backend", device)
	}
	return Must(background.Start(path, program, args...))
}

// over reports whether the run folder has a result.
func over(path string) bool {
	if !runfolder.IsRun(path) {
		return false
	}
	_, over, err := Must(runfolder.Open(path)).Result()
	display.Check(err)
	return over
}

// toStop is the time that a fit gets to save. The kernel kills a cell 5 seconds after the stop button.
const toStop = 3 * time.Second

// follow shows the progress of a fit until it ends; f is nil if the fit is over. stops says whether the stop button stops the fit.
func follow(path string, f *background.Fit, stops bool) *Run {
	if f == nil {
		r := Open(path)
		result, _, err := r.Result()
		display.Check(err)
		(&view{live: display.NewLive()}).over(result)
		return r
	}
	ctx, release := stoppable()
	defer release()
	v := &view{live: display.NewLive(), path: path}
	v.live.Show(fmt.Sprintf("process %d is starting, reading the recording or compiling the training step", f.PID()), -1, nil)
	result, err := f.Follow(ctx, v.progress)
	var ended *background.Ended
	switch {
	case errors.Is(err, context.Canceled):
		if !stops || kernelEnds() {
			v.live.Show(fmt.Sprintf("the fit goes on in process %d; run the cell again to see it", f.PID()), -1, v.figure)
			leave()
		}
		v.live.Show("saving", -1, v.figure)
		saving, cancel := context.WithTimeout(context.Background(), toStop)
		defer cancel()
		if err := f.Stop(saving); errors.Is(err, context.DeadlineExceeded) {
			v.stopped("the fit is told to stop, and is saved in " + path + " as soon as the step under way is done")
		} else {
			display.Check(err)
		}
		v.stopped("the fit is stopped; its state is saved in " + path)
	case errors.As(err, &ended) && ended.Saved: // another process stopped it
		v.stopped(ended.Last)
	}
	display.Check(err)
	for _, line := range f.Warnings() {
		display.Text("%s", line)
	}
	v.over(result)
	return Open(path)
}
