package study

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
)

// Options are what a study may be told.
type Options struct {
	// Started, if not nil, is called before each fit is made, resumed or, if it is over, read.
	Started func(Step)
	// Progress, if not nil, is called after every training step, and must return quickly.
	Progress func(fit.Progress)
	// Waiting, if not nil, is called a few times a second while another process makes a fit that is wanted here too.
	Waiting func(Step, runfolder.Writer)
}

// Step is where a study stands.
type Step struct {
	Number, All int    // of fits, Number from 1
	Path        string // run folder
	Over        bool   // it was made before
}

// Run makes the fits of some parts (none: of all) with the seeds 1 to seeds in folders DIR/NAME-seedK, and reports. Fits that are there are kept or
// gone on with, scores that are in DIR/scores are read. A recording is opened for fits that are not over yet; for others its name has to be the same.
// All fits are made with one seed before the next seed's turn, the plan's search before all others. A folder that holds another fit is an error.
//
// If ctx ends, the fit under way is saved and fit.ErrInterrupted returned; the same call goes on.
func (p *Plan) Run(ctx context.Context, backend compute.Backend, dir string, seeds int, parts []string, o Options) (*Report, error) {
	if seeds < 1 {
		return nil, fmt.Errorf("study: %d seeds; at least 1 is needed", seeds)
	}
	if len(parts) == 0 {
		parts = Parts()
	}
	cells, err := p.Cells(parts...)
	if err != nil {
		return nil, err
	}
	w := &work{plan: p, dir: dir, backend: backend, options: o, recordings: map[string]*datasets.Dataset{}, outcomes: map[string][]*Outcome{}}
	for _, c := range cells {
		w.step.All += int(c.times(seeds))
	}
	once, others := searched(cells)
	for _, c := range cells { // what is wrong with folders is found before the first fit
		if len(once) == 0 || c.Once || !c.plain() {
			if err := w.check(c, seeds); err != nil {
				return nil, err
			}
		}
	}
	if err := w.fits(ctx, once, seeds); err != nil {
		return nil, err
	}
	others, search := w.settle(once, others)
	for _, c := range others {
		if err := w.check(c, seeds); err != nil {
			return nil, err
		}
	}
	if err := w.fits(ctx, others, seeds); err != nil {
		return nil, err
	}
	return p.report(slices.Concat(once, others), w.outcomes, search, seeds, parts), nil
}

// work is a study under way.
type work struct {
	plan       *Plan
	dir        string
	backend    compute.Backend
	options    Options
	recordings map[string]*datasets.Dataset
	outcomes   map[string][]*Outcome // by cell, in the order of seeds
	step       Step
}

// check finds folders of a cell that hold another fit.
func (w *work) check(c Cell, seeds int) error {
	for seed := uint64(1); seed <= c.times(seeds); seed++ {
		if err := w.job(c, seed).Check(runfolder.Dataset{Spec: c.Spec(seed)}); err != nil {
			return err
		}
	}
	return nil
}

// fits makes all fits of some cells.
func (w *work) fits(ctx context.Context, cells []Cell, seeds int) error {
	for seed := uint64(1); seed <= uint64(seeds); seed++ {
		for _, c := range cells {
			if seed > c.times(seeds) {
				continue
			}
			w.step.Number++
			one, err := w.do(ctx, c, seed, w.step)
			if err != nil {
				return fmt.Errorf("%s, seed %d: %w", c.Name, seed, err)
			}
			w.outcomes[c.Name] = append(w.outcomes[c.Name], one)
		}
	}
	return nil
}

func folder(dir, name string, seed uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%s-seed%d", name, seed))
}

// job leaves a core that is not there yet out.
func (w *work) job(c Cell, seed uint64) grid.Job {
	j := grid.Job{Model: grid.Model{Name: c.Name, Config: c.Config}, Seed: seed, Path: folder(w.dir, c.Name, seed)}
	if c.CoreOf != "" {
		if run, err := runfolder.Open(folder(w.dir, c.CoreOf, seed)); err == nil {
			j.CoreFrom = run
		}
	}
	return j
}

// do has a fit made, or read, and scored. Another process that makes it meanwhile is waited for.
func (w *work) do(ctx context.Context, c Cell, seed uint64, step Step) (*Outcome, error) {
	for {
		one, err := w.try(ctx, c, seed, step)
		if !errors.Is(err, runfolder.ErrTaken) {
			return one, err
		}
	}
}

func (w *work) try(ctx context.Context, c Cell, seed uint64, step Step) (*Outcome, error) {
	j := w.job(c, seed)
	spec, scores := c.Spec(seed), filepath.Join(w.dir, "scores", fmt.Sprintf("%s-seed%d.json", c.Name, seed))
	step.Path = j.Path
	if err := w.wait(ctx, step); err != nil {
		return nil, err
	}
	result, over, err := j.Result()
	if err != nil {
		return nil, err
	}
	step.Over = over
	if w.options.Started != nil {
		w.options.Started(step)
	}
	if over {
		if err := j.Check(runfolder.Dataset{Spec: spec}); err != nil {
			return nil, err
		}
		if one, err := kept(scores, result); one != nil || err != nil {
			if one != nil {
				one.Fit.Run = j.Path // the folder may have moved
			}
			return one, err
		}
	}
	if ctx.Err() != nil {
		return nil, w.interrupted("before this fit")
	}
	data, err := w.open(spec)
	if err != nil {
		return nil, err
	}
	done, err := j.Do(ctx, w.backend, data, grid.Options{Progress: w.options.Progress})
	if err != nil {
		return nil, err
	}
	one, err := measure(w.backend, done, data)
	if err != nil {
		return nil, err
	}
	return one, one.keep(scores)
}

// wait waits until nobody writes to a fit's folder.
func (w *work) wait(ctx context.Context, step Step) error {
	err := runfolder.Wait(ctx, step.Path, func(writer runfolder.Writer) {
		if w.options.Waiting != nil {
			w.options.Waiting(step, writer)
		}
	})
	if err != nil && errors.Is(err, ctx.Err()) {
		return w.interrupted("while another process makes this fit")
	}
	return err
}

func (w *work) interrupted(when string) error {
	return fmt.Errorf("%w %s; what is over is kept in %s", fit.ErrInterrupted, when, w.dir)
}

// open keeps the two whole recordings and the last other one.
func (w *work) open(spec string) (*datasets.Dataset, error) {
	if d := w.recordings[spec]; d != nil {
		return d, nil
	}
	for other := range w.recordings {
		if other != w.plan.Data && other != w.plan.Second {
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
