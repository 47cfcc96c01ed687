package background

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
)

// Ended is the error of a fit that ended before it was over.
type Ended struct {
	Path   string
	Saved  bool   // somebody stopped it, and its state is saved
	Last   string // the last line of what it said, without the program's name; "" if it was not heard
	Log    string // the end of its log, which begins with the command line; "" if there is none
	Killed bool   // it had no time to say anything
	Step   int    // where it was last seen, 0 if that is not known
}

func (e *Ended) Error() string {
	if e.Saved {
		return e.Last
	}
	text := fmt.Sprintf("the fit in %s failed: %s", e.Path, e.Last)
	switch {
	case e.Killed:
		text = fmt.Sprintf("the fit in %s was killed, last seen at step %d; started again it goes on from its last checkpoint", e.Path, e.Step)
	case e.Last == "":
		text = fmt.Sprintf("the fit in %s ended without a result, and its messages went elsewhere", e.Path)
	}
	if e.Log != "" {
		text += fmt.Sprintf("\nthe end of %s:\n%s", filepath.Join(e.Path, runfolder.LogFile), e.Log)
	}
	return text
}

// lookEvery is how often Follow looks into the folder.
const lookEvery = 200 * time.Millisecond

// Follow calls report, if not nil, with where the fit stands, a few times a second, and with each validation, until the fit ends. The error is
// an [Ended] if it did so before it was over, and ctx's if that ended first: the fit is left as it is.
func (f *Fit) Follow(ctx context.Context, report func(fit.Progress)) (runfolder.Result, error) {
	seen := watch{path: f.Path}
	ticks := time.NewTicker(lookEvery)
	defer ticks.Stop()
	for {
		alive := f.starting() // before the folder is read: what an ended fit left is all there
		w, writing, err := runfolder.WriterOf(f.Path)
		if err != nil {
			return runfolder.Result{}, err
		}
		if report != nil && (writing || !alive) { // what there is before a fit has begun is another's
			if err := seen.look(w, writing, report); err != nil {
				return runfolder.Result{}, err
			}
		}
		if !writing && !alive {
			return f.outcome(w)
		}
		select {
		case <-ctx.Done():
			return runfolder.Result{}, ctx.Err()
		case <-ticks.C:
		}
	}
}

// outcome is how a fit ended that nobody writes any more; w is what its writer left.
func (f *Fit) outcome(w runfolder.Writer) (runfolder.Result, error) {
	if runfolder.IsRun(f.Path) {
		run, err := runfolder.Open(f.Path)
		if err != nil {
			return runfolder.Result{}, err
		}
		if result, over, err := run.Result(); err != nil || over {
			return result, err
		}
	}
	e := &Ended{Path: f.Path}
	e.Last, e.Log = tail(f.Path, f.since)
	if e.Killed = w.PID != 0 && !w.Since.Before(f.since.Add(-slack)); e.Killed && w.Progress != nil {
		e.Step = w.Progress.Steps
	}
	e.Saved = !e.Killed && strings.HasPrefix(e.Last, fit.ErrInterrupted.Error())
	return runfolder.Result{}, e
}

// slack is how far clocks, those of files among them, may be apart.
const slack = 2 * time.Second

// silent is the last line of a fit that wrote none.
const silent = "it said nothing"

// tail is the last line of the log, and its last lines, of what was said since a moment.
func tail(path string, since time.Time) (last, lines string) {
	const most = 20
	all := said(path, since)
	if len(all) == 0 {
		return "", ""
	}
	last = all[len(all)-1]
	if len(all) == 1 { // only its command line
		last = silent
	}
	return strings.TrimPrefix(last, "v1lab fit: "), strings.Join(all[max(0, len(all)-most):], "\n")
}

// said is the log of the last attempt, none if the log is older than since.
func said(path string, since time.Time) []string {
	name := filepath.Join(path, runfolder.LogFile)
	if info, err := os.Stat(name); err != nil || info.ModTime().Before(since.Add(-slack)) {
		return nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	all := strings.Split(strings.TrimSpace(string(text)), "\n")
	for i, line := range slices.Backward(all) {
		if strings.HasPrefix(line, head) {
			return all[i:]
		}
	}
	return all
}

// Warnings are what the fit warned of.
func (f *Fit) Warnings() []string {
	return slices.DeleteFunc(said(f.Path, f.since), func(line string) bool { return !strings.HasPrefix(line, "warning: ") })
}

// watch is what was seen of a run folder.
type watch struct {
	path  string
	run   *runfolder.Folder // nil before there is a run
	lines int               // validations seen, -1 before the first look
}

// look reports the validations that are new, of those before the first look the last, and where the fit stands.
func (s *watch) look(w runfolder.Writer, writing bool, report func(fit.Progress)) error {
	if s.run == nil {
		if !runfolder.IsRun(s.path) {
			return nil
		}
		run, err := runfolder.Open(s.path)
		if err != nil {
			return err
		}
		s.run, s.lines = run, -1
	}
	metrics, err := s.run.Metrics()
	if err != nil {
		return err
	}
	if s.lines < 0 {
		s.lines = max(0, len(metrics)-1)
	}
	// A fit that goes on writes the lines after its checkpoint again.
	s.lines = min(s.lines, len(metrics))
	c, best := s.run.Config.Fit, math.NaN()
	for i, m := range metrics {
		if m.Best {
			best = float64(m.ValLoss)
		}
		if i >= s.lines {
			report(fit.Progress{Steps: m.Step, MaxSteps: c.MaxSteps, Stage: m.Stage, Stages: c.Stages, Best: best, Metric: &m})
		}
	}
	s.lines = len(metrics)
	if p := w.Progress; writing && p != nil {
		report(fit.Progress{Steps: p.Steps, MaxSteps: p.MaxSteps, Stage: p.Stage, Stages: p.Stages, Best: float64(p.Best)})
	}
	return nil
}
