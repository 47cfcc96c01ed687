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
	"v1lab/v1model/runfolder"
)

// progress shows the progress of a fit: a bar on a terminal, elsewhere a line for each validation.
type progress struct {
	w      io.Writer
	bar    *progressbar.ProgressBar // nil where lines are written
	begun  bool                     // the first step is compiled and done
	since  time.Time                // when the display was made
	before execache.Counts          // programs compiled for earlier fits
	unhook func() bool
}

// newProgress starts a display. When ctx ends, it says that the fit is being saved, because saving takes a moment.
func newProgress(ctx context.Context, w io.Writer) *progress {
	p := &progress{w: w, since: time.Now(), before: execache.Counted()}
	p.bar = newBar(w, progressbar.OptionSetItsString("steps"))
	p.unhook = saySaving(ctx, w, p.bar)
	return p
}

// newBar returns a progress bar if w is a terminal, else nil.
func newBar(w io.Writer, more ...progressbar.Option) *progressbar.ProgressBar {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return progressbar.NewOptions(1, append([]progressbar.Option{progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("compiling"),
		progressbar.OptionShowCount(), progressbar.OptionThrottle(100 * time.Millisecond), progressbar.OptionClearOnFinish()}, more...)...)
}

// saySaving prints, when ctx ends, that work is being saved. unhook cancels that.
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
			fmt.Fprintf(p.w, "step %d (%s, %.1f s): training loss %.6g, validation loss %.6g%s\n", m.Step, phase(s, m), m.Seconds, float64(m.TrainLoss), float64(m.ValLoss), best) //nolint:errcheck // nobody to tell
		}
		return
	}
	p.bar.ChangeMax(max(s.MaxSteps, s.Steps+1)) // where a counter is wound back at the end of a stage, there may be more steps than the cap; a full bar would vanish
	if s.Metric != nil {
		p.bar.Describe(fmt.Sprintf("%s, validation loss %.6g, best %.6g", phase(s, s.Metric), float64(s.Metric.ValLoss), s.Best))
	}
	_ = p.bar.Set(s.Steps) //nolint:errcheck // nobody to tell
}

// phase says where in its schedule a fit is.
func phase(s fit.Progress, m *runfolder.Metric) string {
	if s.Stages == 0 {
		return fmt.Sprintf("of %d, rate %.3g", s.MaxSteps, m.LearningRate)
	}
	return fmt.Sprintf("stage %d of %d", m.Stage, s.Stages)
}

// firstStep is how the line about the first training step begins. bench looks for it.
const firstStep = "first training step after "

// first prints how long the first step took and how much of that was compiling.
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
