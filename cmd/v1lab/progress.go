package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"v1lab/kernels/pjrt/execache"
	"v1lab/v1model/fit"
)

// progress shows how a fit goes: a bar on a terminal, elsewhere a line for each validation.
type progress struct {
	w      io.Writer
	bar    *progressbar.ProgressBar // nil for lines
	begun  bool                     // the first step is done, and so is compiling it
	since  time.Time                // of its making
	before execache.Counts          // of programs compiled for earlier fits
	unhook func() bool
}

// newProgress also says so when ctx ends, because saving takes a moment.
func newProgress(ctx context.Context, w io.Writer) *progress {
	p := &progress{w: w, since: time.Now(), before: execache.Counted()}
	p.bar = newBar(w, progressbar.OptionSetItsString("steps"))
	p.unhook = saySaving(ctx, w, p.bar)
	return p
}

// newBar makes a bar on a terminal; elsewhere there is none, nil.
func newBar(w io.Writer, more ...progressbar.Option) *progressbar.ProgressBar {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return progressbar.NewOptions(1, append([]progressbar.Option{progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("compiling"),
		progressbar.OptionShowCount(), progressbar.OptionThrottle(100 * time.Millisecond), progressbar.OptionClearOnFinish()}, more...)...)
}

// saySaving says when ctx ends that saving takes a moment, unless unhook is called before.
func saySaving(ctx context.Context, w io.Writer, bar *progressbar.ProgressBar) (unhook func() bool) {
	return context.AfterFunc(ctx, func() {
		if bar != nil {
			fmt.Fprintln(w) //nolint:errcheck // nobody to tell
		}
		fmt.Fprintln(w, "saving; a second Ctrl-C stops at once and loses what is not saved") //nolint:errcheck // nobody to tell
	})
}

// report is called after every step.
func (p *progress) report(s fit.Progress) {
	if !p.begun {
		p.begun = true
		p.first(execache.Counted().Since(p.before))
	}
	if p.bar == nil {
		if m := s.Metric; m != nil {
			best := ""
			if m.Best {
				best = ", best so far"
			}
			fmt.Fprintf(p.w, "step %d (stage %d of %d, %.1f s): training loss %.6g, validation loss %.6g%s\n", m.Step, m.Stage, s.Stages, m.Seconds, float64(m.TrainLoss), float64(m.ValLoss), best) //nolint:errcheck // nobody to tell
		}
		return
	}
	p.bar.ChangeMax(max(s.MaxSteps, s.Steps+1)) // a stage that ends winds the counter back: there may be more steps; full, the bar would vanish
	if s.Metric != nil {
		p.bar.Describe(fmt.Sprintf("stage %d of %d, validation loss %.6g, best %.6g", s.Stage, s.Stages, float64(s.Metric.ValLoss), s.Best))
	}
	_ = p.bar.Set(s.Steps) //nolint:errcheck // nobody to tell
}

// firstStep begins the line of the first training step; bench looks for it.
const firstStep = "first training step after "

// first says what the first step had to wait for.
func (p *progress) first(c execache.Counts) {
	text := fmt.Sprintf("%s%.1f s", firstStep, time.Since(p.since).Seconds())
	switch {
	case c.Compiled > 0:
		text += fmt.Sprintf(", compiled in %.1f s", c.Compiling.Seconds())
	case c.Loaded > 0:
		text += fmt.Sprintf(", compiled before and read in %.1f s", c.Loading.Seconds())
	}
	if p.bar != nil {
		p.bar.Describe(text)
		return
	}
	fmt.Fprintln(p.w, text) //nolint:errcheck // nobody to tell
}

// close removes the bar.
func (p *progress) close() {
	p.unhook()
	if p.bar != nil {
		_ = p.bar.Clear() //nolint:errcheck // nobody to tell
	}
}
