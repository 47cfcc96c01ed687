//go:build !v1lab_engine

package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/kernels/background"
	"v1lab/notebooks/display"
	"v1lab/notebooks/figures"
	"v1lab/notebooks/lab/answers"
	"v1lab/notebooks/lab/origin"
	"v1lab/notebooks/report"
	"v1lab/v1model"
	"v1lab/v1model/fit"
	"v1lab/v1model/fitted"
	"v1lab/v1model/runfolder"
)

// Fit fits a model to a recording and stores it in the run folder at path, with live progress and loss. If the folder exists, Fit continues the fit
// with the folder's config; a finished fit is opened at once. If another process, such as another notebook, makes the same fit there, the cell shows
// its progress.
//
// The stop button, or restarting the kernel, saves and stops the fit after the current training step; the kernel gives a cell 5 seconds for that.
// If the process is killed, the steps since the last checkpoint are lost; checkpoints are made every 10 seconds. Use FitInBackground for a fit whose
// steps take seconds, or that should outlive its cell.
func Fit(spec, config, path string, settings ...string) *Run {
	ctx, stop := stoppable()
	defer stop()
	c := Must(v1model.Load(config, settings...))
	v := &view{live: display.NewLive(), path: path}
	for {
		v.wait(ctx, spec, c)
		if r := v.fit(ctx, spec, c); r != nil {
			return r
		}
	}
}

// wait shows the progress of a fit that another process makes in the folder, until it ends. It ends the cell if that is another fit.
func (v *view) wait(ctx context.Context, spec string, c v1model.Config) {
	f, err := background.Find(v.path)
	display.Check(err)
	if f == nil {
		return
	}
	pid := f.PID()
	looked := false
	_, err = f.Follow(ctx, func(p fit.Progress) { // called only when the folder has a config
		if !looked {
			looked = true
			there := Must(runfolder.Open(v.path))
			if w, writing, err := runfolder.WriterOf(v.path); err == nil && writing && !(c.SameFit(there.Config) && sameRecording(spec, there.Dataset.Spec)) {
				display.Check(fmt.Errorf("run folder %s: another process is writing to it (%v), and it is another fit, to %s; lab.Follow(%q) shows how far it is, lab.StopFit(%[1]q) saves and stops it", v.path, w, there.Dataset.Spec, v.path))
			}
		}
		v.progress(p)
	})
	var ended *background.Ended
	switch {
	case errors.Is(err, context.Canceled):
		v.live.Show(fmt.Sprintf("the fit goes on in process %d, which began it; run the cell again to see it", pid), -1, v.figure)
		leave()
	case errors.As(err, &ended): // it ended unfinished: this cell continues it
	default:
		display.Check(err)
	}
}

// sameRecording reports whether two names of recordings are equal.
func sameRecording(a, b string) bool {
	whole, errA := formats.Absolute(a)
	other, errB := formats.Absolute(b)
	return errA == nil && errB == nil && whole == other
}

// fit makes or continues the fit, or opens it if it is finished. It returns nil if another process has locked the folder meanwhile.
func (v *view) fit(ctx context.Context, spec string, c v1model.Config) *Run {
	_, err := os.Stat(filepath.Join(v.path, "config.yaml"))
	resume := !errors.Is(err, fs.ErrNotExist)
	var result runfolder.Result
	over := false
	if resume {
		folder := Must(runfolder.Open(v.path))
		spec, c = folder.Dataset.Spec, folder.Config
		result, over, err = folder.Result()
		display.Check(err)
	}
	data, backend := Data(spec), Must(answers.Device(context.Background(), c))
	if !over {
		v.live.Show("compiling the training step", -1, nil)
		v.own, v.begun = true, time.Time{}
		end := onStop(ctx, v.stopping)
		for _, r := range datasets.Remarks(data) {
			display.Text("%s: %s; %s", r.Severity, r.Message, r.Advice)
		}
		o := fit.Options{Progress: v.progress}
		if resume {
			result, _, err = fit.Resume(ctx, backend, data, v.path, o)
		} else {
			result, _, err = fit.Run(ctx, backend, data, c, v.path, o)
		}
		end()
		switch {
		case errors.Is(err, runfolder.ErrTaken):
			return nil
		case errors.Is(err, fit.ErrInterrupted):
			v.stopped(err.Error())
		}
		display.Check(err)
	}
	v.over(result)
	origin.Of(v.path)
	recordings := fitted.WithRecording(data)
	return &Run{Run: Must(fitted.Open(context.Background(), v.path, fitted.Options{Device: fitted.On(backend), Recordings: recordings})), Data: data, recordings: recordings}
}

// slowStep is the duration of a training step above which the fit may not save in the time that the kernel gives a cell.
var slowStep = 3 * time.Second

// view shows the progress of a fit, a few times a second at most.
type view struct {
	live  *display.Live
	path  string
	own   bool // the fit is made by this process
	shown time.Time
	steps int // at the first report, for the speed
	begun time.Time
	timed bool

	mu     sync.Mutex // what follows is read when the fit is told to stop
	figure *figures.Figure
	saved  int
	stops  bool
}

func (v *view) progress(p fit.Progress) {
	if v.begun.IsZero() {
		v.begun, v.steps = time.Now(), p.Steps
	}
	v.pace(p)
	figure, stops := v.noted(p)
	if stops || p.Metric == nil && time.Since(v.shown) < 300*time.Millisecond {
		return
	}
	v.shown = time.Now()
	line := p.Where()
	if !math.IsNaN(p.Best) {
		line += fmt.Sprintf(", best validation loss %.3f", p.Best)
	}
	if left := v.left(p); left > 0 {
		line += fmt.Sprintf(", at most about %s left", left)
	}
	v.live.Show(line, float64(p.Steps)/float64(p.MaxSteps), figure)
}

// noted draws the loss after a validation and stores what a message at a stop needs.
func (v *view) noted(p fit.Progress) (figure *figures.Figure, stops bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.saved = p.Saved
	if p.Metric != nil && !v.stops {
		if folder, err := runfolder.Open(v.path); err == nil {
			v.figure, _ = report.LossCurve(folder) //nolint:errcheck // the fit goes on without the figure
		}
	}
	return v.figure, v.stops
}

// pace warns once if steps take so long that the stop button may lose some.
func (v *view) pace(p fit.Progress) {
	if v.timed || !v.own || p.Steps == v.steps {
		return
	}
	v.timed = true
	if each := time.Since(v.begun) / time.Duration(p.Steps-v.steps); each >= slowStep {
		display.Text("A training step takes %s, and the stop button gives a cell 5 s to end: then steps since the last checkpoint are lost. lab.FitInBackground in place of lab.Fit makes the fit in a process that has the time to save.", each.Round(100*time.Millisecond))
	}
}

// stopping says that the fit is being stopped.
func (v *view) stopping() {
	v.mu.Lock()
	v.stops = true
	figure, saved := v.figure, v.saved
	v.mu.Unlock()
	v.live.Show(stopping(saved), -1, figure)
}

// left estimates the time until the largest number of steps, 0 if it is not known yet. A fit that converges ends earlier.
func (v *view) left(p fit.Progress) time.Duration {
	done, took := p.Steps-v.steps, time.Since(v.begun)
	if done < 5 || took < time.Second {
		return 0
	}
	left := time.Duration(float64(took) / float64(done) * float64(p.MaxSteps-p.Steps))
	if left > time.Minute {
		return left.Round(10 * time.Second)
	}
	return left.Round(time.Second)
}

// stopped ends the cell of a fit that is saved but not finished.
func (v *view) stopped(why string) {
	v.live.Show(why+"; run the cell again to go on", -1, v.figure)
	leave()
}

// over shows how the fit ended.
func (v *view) over(r runfolder.Result) {
	v.live.Show(fmt.Sprintf("%d steps in %s, best validation loss %s at step %d (%s)", r.Steps,
		time.Duration(r.Seconds*float64(time.Second)).Round(time.Second), Show("%.3f", r.ValLoss), r.Best, r.Reason), -1, nil)
	if text := r.NoBetter(); text != "" {
		display.Text("warning: %s", text)
	}
}
