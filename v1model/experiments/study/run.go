package study

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/runfolder"
)

// Run makes the fits of the given parts (none: all) with the seeds 1 to seeds (hard ones to Plan.HardSeeds, if that is more) in folders DIR/NAME-seedK, as a grid does, and makes a report. Existing scores
// in DIR/scores are read. Recordings are opened only for fits that are not over; for finished fits only the name must match. The plan's search comes first.
//
// If ctx ends, the current fit is saved and fit.ErrInterrupted returned. The same call continues.
func (p *Plan) Run(ctx context.Context, backend compute.Backend, dir string, seeds int, parts []string, watch grid.Watch) (*Report, error) {
	if seeds < 1 {
		return nil, fmt.Errorf("study: %d seeds; at least 1 is needed", seeds)
	}
	some, err := partsNamed(parts)
	if err != nil {
		return nil, err
	}
	conditions, err := p.Conditions(parts...)
	if err != nil {
		return nil, err
	}
	once, others, hard := p.bySeeds(conditions, seeds)
	w := &studyRun{plan: p, dir: dir, backend: backend, all: len(once) + seeds*len(others) + p.HardSeeds*len(hard), recordings: map[string]*datasets.Dataset{}, outcomes: map[string][]*Outcome{}, found: map[string]*Found{}}
	w.watch = w.counted(watch)
	if len(once) > 0 { // the config of plain CNNs is not known yet: what is wrong with the others' folders is found before the first fit
		known := slices.DeleteFunc(slices.Clone(others), Condition.plain)
		if err := w.grid(known, seeds).Check(); err != nil {
			return nil, err
		}
	}
	if len(hard) > 0 {
		if err := w.grid(hard, p.HardSeeds).Check(); err != nil {
			return nil, err
		}
	}
	search := w.grid(once, 1)
	search.More = true
	if err := w.fit(ctx, search); err != nil {
		return nil, err
	}
	w.before = len(once)
	others, searched := w.applySearch(once, others)
	grid := w.grid(others, seeds)
	grid.More = len(hard) > 0
	if err := w.fit(ctx, grid); err != nil {
		return nil, err
	}
	if len(hard) > 0 {
		w.before += seeds * len(others)
		if err := w.fit(ctx, w.grid(hard, p.HardSeeds)); err != nil {
			return nil, err
		}
	}
	if slices.ContainsFunc(some, func(p part) bool { return p.name == Clusters }) {
		if err := w.find(); err != nil {
			return nil, err
		}
	}
	return p.report(slices.Concat(once, others, hard), w.outcomes, w.found, searched, seeds, some), nil
}

// Fits counts the fits of the given parts (none: all), and how many of them are still to be made in dir.
func (p *Plan) Fits(dir string, seeds int, parts ...string) (all, left int, err error) {
	conditions, err := p.Conditions(parts...)
	if err != nil {
		return 0, 0, err
	}
	once, others, hard := p.bySeeds(conditions, seeds)
	w := &studyRun{dir: dir}
	for _, g := range []*grid.Grid{w.grid(once, 1), w.grid(others, seeds), w.grid(hard, p.HardSeeds)} {
		more, moreLeft, err := g.Count()
		if err != nil {
			return 0, 0, err
		}
		all, left = all+more, left+moreLeft
	}
	return all, left, nil
}

// studyRun is a running study.
type studyRun struct {
	plan       *Plan
	dir        string
	backend    compute.Backend
	watch      grid.Watch
	all        int // fits
	before     int // fits of the grids that are over
	recordings map[string]*datasets.Dataset
	outcomes   map[string][]*Outcome // by condition, in the order of seeds
	found      map[string]*Found     // by condition of the clusters
}

// counted wraps watch so that steps count all fits of the study.
func (w *studyRun) counted(watch grid.Watch) grid.Watch {
	counted := watch
	count := func(s grid.Step) grid.Step {
		s.Number, s.All = s.Number+w.before, w.all
		return s
	}
	if watch.Started != nil {
		counted.Started = func(s grid.Step) { watch.Started(count(s)) }
	}
	if watch.Waiting != nil {
		counted.Waiting = func(s grid.Step, writer runfolder.Writer) { watch.Waiting(count(s), writer) }
	}
	return counted
}

// grid is that of some conditions.
func (w *studyRun) grid(conditions []Condition, seeds int) *grid.Grid {
	g := &grid.Grid{Dir: w.dir, Seeds: seeds, Open: w.open, Watch: w.watch}
	for _, c := range conditions {
		g.Conditions = append(g.Conditions, c.forGrid())
	}
	return g
}

// fit makes all fits of a grid and measures them.
func (w *studyRun) fit(ctx context.Context, g *grid.Grid) error {
	return g.Run(ctx, w.backend, func(d grid.Done) error {
		one, err := w.outcome(ctx, d)
		w.outcomes[d.Name] = append(w.outcomes[d.Name], one)
		return err
	})
}

// outcome reads the stored outcome of a fit, or measures and stores it.
func (w *studyRun) outcome(ctx context.Context, d grid.Done) (*Outcome, error) {
	scores := filepath.Join(w.dir, "scores", filepath.Base(d.Run.Path)+".json")
	one, err := readOutcome(scores, d.Result)
	if err != nil {
		return nil, err
	}
	if one != nil {
		one.Fit.Run = d.Run.Path // the folder may have moved
		return one, nil
	}
	data, err := d.Open(ctx)
	if err != nil {
		return nil, err
	}
	if one, err = measure(ctx, w.backend, d, data); err != nil {
		return nil, err
	}
	return one, one.write(scores)
}

// open opens a recording. It caches the plan's two recordings and the last other one.
func (w *studyRun) open(spec string) (*datasets.Dataset, error) {
	if d := w.recordings[spec]; d != nil {
		return d, nil
	}
	for other := range w.recordings {
		if other != w.plan.Data && other != w.plan.Animals && other != w.plan.Second {
			delete(w.recordings, other)
		}
	}
	d, err := formats.Open(spec)
	if err != nil {
		return nil, err
	}
	w.recordings[spec] = d
	return d, nil
}
