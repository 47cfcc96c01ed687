package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"v1lab/notebooks/display"
	"v1lab/notebooks/figures"
	"v1lab/notebooks/report"
	"v1lab/v1model"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
)

// Fit fits a model to a recording and keeps it in the run folder at path, showing progress and the loss as they come. If the folder exists
// the fit goes on where it stopped, under the folder's config; one that is over returns at once. The stop button saves and stops.
func Fit(spec, config, path string, settings ...string) *Run {
	// When the kernel restarts it closes standard output: a write must not kill the process before it has saved.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	c := Must(v1model.Load(config, settings...))
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
		view.live.Show(err.Error()+"; run the cell again to go on", -1, nil)
		os.Exit(0)
	}
	display.Check(err)
	if len(silent) > 0 {
		display.Text("%d neurons never respond: %v", len(silent), silent)
	}
	view.live.Show(fmt.Sprintf("%d steps in %s, best validation loss %.3f at step %d (%s)", result.Steps,
		time.Duration(result.Seconds*float64(time.Second)).Round(time.Second), result.ValLoss, result.Best, result.Reason), -1, nil)
	return &Run{Folder: Must(runfolder.Open(path)), Data: data, Backend: device}
}

// view keeps the progress display up to date, a few times a second at most.
type view struct {
	live   *display.Live
	path   string
	figure *figures.Figure
	shown  time.Time
}

func (v *view) progress(p fit.Progress) {
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
	v.live.Show(line, float64(p.Steps)/float64(p.MaxSteps), v.figure)
}
