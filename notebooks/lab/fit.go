package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"v1lab/notebooks/display"
	"v1lab/notebooks/figures"
	"v1lab/notebooks/report"
	"v1lab/v1model"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
)

// Fit fits a model to a recording and keeps it in the run folder at path, showing progress and the loss as they come. If the folder exists
// the fit goes on where it stopped, under the folder's config; one that is over returns at once. The stop button, or restarting the
// kernel, saves and stops, within the 5 seconds that a cell is given if a training step takes less. If the process is killed, what is lost
// are the steps since the last checkpoint, made at the first validation 10 seconds or more after the one before.
// A fit that should outlive its cell is one for FitInBackground.
func Fit(spec, config, path string, settings ...string) *Run {
	ctx, stop := stoppable()
	defer stop()

	c := Must(v1model.Load(config, settings...))
	if w, writing, err := runfolder.WriterOf(path); err == nil && writing {
		display.Check(fmt.Errorf("run folder %s: another process is writing to it (%v); lab.Follow(%q) shows how far it is, lab.StopFit(%[1]q) saves and stops it", path, w, path))
	}
	_, err := os.Stat(filepath.Join(path, "config.yaml"))
	resume := !errors.Is(err, fs.ErrNotExist)
	if resume {
		folder := Must(runfolder.Open(path))
		spec, c = folder.Dataset.Spec, folder.Config
	}
	data, device := Data(spec), backend(c.Backend)
	view := &view{live: display.NewLive(), path: path}
	view.live.Show("compiling the training step", -1, nil)
	var result runfolder.Result
	var silent []int
	if resume {
		result, silent, err = fit.Resume(ctx, device, data, path, fit.Options{Progress: view.progress})
	} else {
		result, silent, err = fit.Run(ctx, device, data, c, path, fit.Options{Progress: view.progress})
	}
	if errors.Is(err, fit.ErrInterrupted) {
		view.stopped(err.Error())
	}
	display.Check(err)
	if len(silent) > 0 {
		display.Text("%d neurons never respond: %v", len(silent), silent)
	}
	view.over(result)
	return &Run{Folder: Must(runfolder.Open(path)), Data: data, Backend: device}
}

// view keeps the progress display up to date, a few times a second at most.
type view struct {
	live   *display.Live
	path   string
	figure *figures.Figure
	shown  time.Time
	steps  int // at the first report, for the speed
	begun  time.Time
}

func (v *view) progress(p fit.Progress) {
	if v.begun.IsZero() {
		v.begun, v.steps = time.Now(), p.Steps
	}
	if p.Metric != nil {
		if folder, err := runfolder.Open(v.path); err == nil {
			v.figure, _ = report.LossCurve(folder) //nolint:errcheck // a picture less
		}
	}
	if p.Metric == nil && time.Since(v.shown) < 300*time.Millisecond {
		return
	}
	v.shown = time.Now()
	line := fmt.Sprintf("step %d, stage %d of %d", p.Steps, p.Stage, p.Stages)
	if !math.IsNaN(p.Best) {
		line += fmt.Sprintf(", best validation loss %.3f", p.Best)
	}
	if left := v.left(p); left > 0 {
		line += fmt.Sprintf(", at most about %s left", left)
	}
	v.live.Show(line, float64(p.Steps)/float64(p.MaxSteps), v.figure)
}

// left is the time to the cap on steps at the speed so far, 0 if that is not known yet: a fit that converges ends before.
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

// stopped ends the cell of a fit that is saved and not over.
func (v *view) stopped(why string) {
	v.live.Show(why+"; run the cell again to go on", -1, v.figure)
	settle()
	os.Exit(0)
}

// over shows how the fit ended.
func (v *view) over(r runfolder.Result) {
	v.live.Show(fmt.Sprintf("%d steps in %s, best validation loss %.3f at step %d (%s)", r.Steps,
		time.Duration(r.Seconds*float64(time.Second)).Round(time.Second), r.ValLoss, r.Best, r.Reason), -1, nil)
}
