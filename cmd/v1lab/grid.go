package main

import (
	"context"
	"fmt"
	"time"

	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
)

// gridWatch shows the progress of several fits: which one runs, and how long the others will take.
type gridWatch struct {
	ctx     context.Context
	app     *app
	left    int  // fits to make; 0: unknown, and no remaining time is printed
	sayOver bool // print a line for finished fits, too
	workers func(context.Context, *grid.Grid) error

	bar     *progress // of the fit under way
	begun   time.Time // of the first
	made    int
	waiting string // run folder of the last message about another process
}

func (w *gridWatch) watch() grid.Watch {
	return grid.Watch{Started: w.started, Progress: func(p fit.Progress) { w.bar.report(p) }, Waiting: w.waits, Workers: w.workers}
}

func (w *gridWatch) started(s grid.Step) {
	w.close()
	line := fmt.Sprintf("%d of %d: %s", s.Number, s.All, s.Path)
	if s.Over {
		if w.sayOver {
			w.app.sayf("%s is over", line)
		}
		return
	}
	switch {
	case w.made == 0:
		w.begun = time.Now()
	case w.left > 0:
		each := time.Since(w.begun) / time.Duration(w.made)
		line += fmt.Sprintf(" (about %s left)", (each * time.Duration(w.left-w.made)).Round(time.Minute))
	}
	w.made++
	w.app.sayf("%s", line)
	w.bar = newProgress(w.ctx, w.app.stderr)
}

func (w *gridWatch) waits(s grid.Step, writer runfolder.Writer) {
	if w.waiting == s.Path {
		return
	}
	w.waiting = s.Path
	w.app.sayf("%d of %d: %s is being made by another process (%v); waiting for it", s.Number, s.All, s.Path, writer)
}

func (w *gridWatch) close() {
	if w.bar != nil {
		w.bar.close()
	}
	w.bar = nil
}
