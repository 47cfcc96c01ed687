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

// Ended is the error of a fit that ended before it was complete.
type Ended struct {
	Path   string
	Saved  bool   // it was stopped, and its state is saved
	Last   string // last line of its messages, without the program's name; "" if there is none
	Log    string // end of its log, starting with the command line; "" if there is none
	Killed bool   // it was killed without a message
	Step   int    // last step seen, 0 if unknown
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

// lookEvery is how often Follow reads the folder.
const lookEvery = 200 * time.Millisecond

// Follow reports the progress of the fit, a few times a second and after each validation, until the fit ends. report may be nil. The error is
// an [Ended] if the fit ended before it was complete, or ctx's if that ended first; the fit then continues.
func (f *Fit) Follow(ctx context.Context, report func(fit.Progress)) (runfolder.Result, error) {
	seen := watch{path: f.Path}
	ticks := time.NewTicker(lookEvery)
	defer ticks.Stop()
	for {
		alive := f.starting() // ask before reading the folder: the files of a fit that has ended are then complete
		w, writing, err := runfolder.WriterOf(f.Path)
		if err != nil {
			return runfolder.Result{}, err
		}
		if report != nil && (writing || !alive) { // before a fit begins, the folder has another fit's files
			if err := seen.update(w, writing, report); err != nil {
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

// outcome returns how a fit ended that no process writes any more; w is the last entry of its writer.
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

// slack is the largest accepted difference between clocks, including those of file systems.
const slack = 2 * time.Second

// silent replaces the last line of a fit that wrote none.
const silent = "it said nothing"

// tail returns the last line, and the last few lines, of the log since a moment.
func tail(path string, since time.Time) (last, lines string) {
	const most = 20
	all := attempt(filepath.Join(path, runfolder.LogFile), since)
	if len(all) == 0 {
		return "", ""
	}
	last = all[len(all)-1]
	if len(all) == 1 { // only its command line
		last = silent
	}
	return strings.TrimPrefix(last, "v1lab fit: "), strings.Join(all[max(0, len(all)-most):], "\n")
}

// attempt returns the lines of the last attempt in a log, none if the log is older than since.
func attempt(name string, since time.Time) []string {
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

// Warnings returns the warnings that the fit logged.
func (f *Fit) Warnings() []string {
	return slices.DeleteFunc(attempt(filepath.Join(f.Path, runfolder.LogFile), f.since), func(line string) bool { return !strings.HasPrefix(line, "warning: ") })
}

// watch is the state of a run folder as last read.
type watch struct {
	path  string
	run   *runfolder.Folder // nil before there is a run
	lines int               // validations seen, -1 before the first look
}

// update reports where the fit stands and its new validations; at the first call only the last one of those.
func (s *watch) update(w runfolder.Writer, writing bool, report func(fit.Progress)) error {
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
	// A resumed fit writes the lines after its checkpoint again.
	s.lines = min(s.lines, len(metrics))
	plan, err := s.run.Config.Fit.Plan()
	if err != nil {
		return err
	}
	best := math.NaN()
	for i, m := range metrics {
		if m.Best {
			best = float64(m.ValLoss)
		}
		if i >= s.lines {
			report(fit.Progress{Steps: m.Step, MaxSteps: plan.MaxSteps(), Stage: m.Stage, Stages: plan.Stages(), Best: best, Metric: &m})
		}
	}
	s.lines = len(metrics)
	if p := w.Progress; writing && p != nil {
		report(fit.Progress{Steps: p.Steps, MaxSteps: p.MaxSteps, Stage: p.Stage, Stages: p.Stages, Best: float64(p.Best)})
	}
	return nil
}
