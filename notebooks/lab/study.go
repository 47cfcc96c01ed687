package lab

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"v1lab/notebooks/display"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/experiments/study"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
)

// Study has the parameters of a study. They are texts, like all parameters of notebooks.
type Study struct {
	Scale    string // one of study.Scales
	Seeds    string // number of fits of each model
	Data     string // recording; empty: the scale's simulation
	Second   string // second recording, for reused cores; empty: the scale's, or none if Data is set
	Settings string // changes to every config, with semicolons between them
	Dir      string // folder of the study
}

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
	r, err := plan.Run(ctx, Must(device(context.Background(), conditions[0].Config)), s.Dir, seeds, parts, grid.Watch{Started: w.started, Progress: w.progress, Waiting: w.waiting})
	end()
	if errors.Is(err, fit.ErrInterrupted) {
		w.live.Show(err.Error()+"; run the cell again to go on", -1, nil)
		leave()
	}
	display.Check(err)
	w.live.Show(fmt.Sprintf("%d fits, %d of them made now, in %s", all, len(w.own), s.Dir), -1, nil)
	return r
}

// Report returns the report on the given parts. It makes no fits, and ends the cell if one is missing.
func (s Study) Report(parts ...string) *study.Report {
	seeds, err := strconv.Atoi(s.Seeds)
	if err != nil {
		display.Check(fmt.Errorf("seeds %q; accepted: a number from 1", s.Seeds))
	}
	plan := Must(study.NewPlan(s.Scale, s.Data, s.Second, Settings(s.Settings)...))
	_, left, err := plan.Fits(s.Dir, seeds, parts...)
	display.Check(err)
	if left > 0 {
		display.Check(fmt.Errorf("study %s: %d fits are not over; run the cell that makes them", s.Dir, left))
	}
	return Must(plan.Run(context.Background(), nil, s.Dir, seeds, parts, grid.Watch{}))
}

// StudyTable shows the table with this title. It ends the cell if there is none.
func StudyTable(r *study.Report, title string) {
	var titles []string
	for _, t := range r.Tables() {
		if t.Title == title {
			display.Table(t.Header, t.Rows)
			if t.Note != "" {
				display.Text("%s", t.Note)
			}
			return
		}
		titles = append(titles, t.Title)
	}
	display.Check(fmt.Errorf("study: table %q; accepted: %s", title, strings.Join(titles, ", ")))
}

// Claims shows which of the paper's claims hold in a report, one line each.
func Claims(r *study.Report) {
	for _, c := range r.Claims {
		verdict := map[study.Verdict]string{study.Yes: "holds here", study.Partly: "holds here in part", study.No: "does not hold here"}[c.Holds]
		display.Text("%s: %s. %s", c.Name, verdict, c.Text)
	}
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

// SubsetRow describes the subset of training images in a recording's name: share, number of images, number of all images, seed and the first indices.
func SubsetRow(spec string) []string {
	for _, step := range Data(spec).Preparation {
		if s := step.Subset; s != nil {
			first := strings.ReplaceAll(strings.Trim(fmt.Sprint(s.Kept[:min(len(s.Kept), 8)]), "[]"), " ", ", ")
			return []string{fmt.Sprintf("%g %%", 100*s.Share), strconv.Itoa(len(s.Kept)), strconv.Itoa(s.Of), strconv.FormatUint(s.Seed, 10), first}
		}
	}
	display.Check(fmt.Errorf("data %q: no option train_share", spec))
	return nil
}
