//go:build !v1lab_engine

package lab

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"v1lab/notebooks/display"
	"v1lab/notebooks/lab/answers"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/experiments/study"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
)

// Make makes the missing fits of the given parts, with live progress, and returns the report on these parts. If no fit is missing, it returns at
// once. The stop button saves the current fit; running the cell again continues. If another process makes a fit in the folder, Make waits for it.
func (s Study) Make(parts ...string) *study.Report {
	ctx, stop := stoppable()
	defer stop()
	seeds, err := strconv.Atoi(s.Seeds)
	if err != nil {
		display.Check(fmt.Errorf("seeds %q; accepted: a number from 1", s.Seeds))
	}
	plan := Must(study.NewPlan(s.Scale, s.Data, s.Second, Settings(s.Settings)...))
	conditions := Must(plan.Conditions(parts...))
	all, left, err := plan.Fits(s.Dir, seeds, parts...)
	display.Check(err)
	w := &studyView{live: display.NewLive(), left: left, begun: time.Now(), own: map[int]bool{}}
	end := onStop(ctx, w.stopping)
	r, err := plan.Run(ctx, Must(answers.Device(context.Background(), conditions[0].Config)), s.Dir, seeds, parts, grid.Watch{Started: w.started, Progress: w.progress, Waiting: w.waiting})
	end()
	if errors.Is(err, fit.ErrInterrupted) {
		w.live.Show(err.Error()+"; run the cell again to go on", -1, nil)
		leave()
	}
	display.Check(err)
	w.live.Show(fmt.Sprintf("%d fits, %d of them made now, in %s", all, len(w.own), s.Dir), -1, nil)
	return r
}

// studyView shows the progress of a study.
type studyView struct {
	live  *display.Live
	left  int          // fits to be made
	own   map[int]bool // fits that this process makes, by their number
	begun time.Time
	shown time.Time

	mu    sync.Mutex // what follows is read when the study is told to stop
	name  string
	saved int
	stops bool
}

func (v *studyView) started(s grid.Step) {
	if s.Over {
		delete(v.own, s.Number) // another process was faster
		return
	}
	v.own[s.Number] = true
	made := len(v.own)
	name := fmt.Sprintf("fit %d of %d: %s", made, v.left, filepath.Base(s.Path))
	if made > 1 {
		each := time.Since(v.begun) / time.Duration(made-1)
		name += fmt.Sprintf(", about %s left", (each * time.Duration(v.left-made+1)).Round(10*time.Second))
	}
	v.mu.Lock()
	v.name, v.saved = name, 0
	v.mu.Unlock()
	v.live.Show(name, v.share(0), nil)
}

// share returns the finished share of the fits. part is the finished share of the current fit.
func (v *studyView) share(part float64) float64 {
	return (float64(max(len(v.own)-1, 0)) + part) / float64(max(v.left, 1))
}

func (v *studyView) progress(p fit.Progress) {
	v.mu.Lock()
	v.saved = p.Saved
	name, stops := v.name, v.stops
	v.mu.Unlock()
	if stops || time.Since(v.shown) < 500*time.Millisecond {
		return
	}
	v.shown = time.Now()
	v.live.Show(name+": "+p.Where(), v.share(min(float64(p.Steps)/float64(p.MaxSteps), 1)), nil)
}

// waiting says that another process makes a fit.
func (v *studyView) waiting(s grid.Step, w runfolder.Writer) {
	if time.Since(v.shown) < 500*time.Millisecond {
		return
	}
	v.shown = time.Now()
	v.live.Show(fmt.Sprintf("%s is being made by another process (%v); waiting for it", filepath.Base(s.Path), w), v.share(0), nil)
}

// stopping says that the study is being stopped.
func (v *studyView) stopping() {
	v.mu.Lock()
	v.stops = true
	name, saved := v.name, v.saved
	v.mu.Unlock()
	v.live.Show(name+": "+stopping(saved), -1, nil)
}
