package study

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/datasets/formats"
	"v1lab/v1model/compare"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
)

// Options are what a study may be told.
type Options struct {
	// Started, if not nil, is called before each fit is made, resumed or, if it is over, read.
	Started func(Step)
	// Progress, if not nil, is called after every training step, and must return quickly.
	Progress func(fit.Progress)
}

// Step is where a study stands.
type Step struct {
	Number, All int    // of fits, Number from 1
	Path        string // run folder
	Over        bool   // it was made before
}

// Run makes the fits of some parts (none: of all) with the seeds 1 to seeds in folders DIR/NAME-seedK, and reports. Fits that are there are kept or
// gone on with, scores that are in DIR/scores are read. A recording is opened for fits that are not over yet; for others its name has to be the same.
// All fits are made with one seed before the next seed's turn. A folder that holds another fit is an error.
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
	w := &work{plan: p, dir: dir, backend: backend, options: o, recordings: map[string]*datasets.Dataset{}}
	for _, c := range cells { // what is wrong with folders is found before the first fit
		for seed := uint64(1); seed <= uint64(seeds); seed++ {
			if err := w.job(c, seed).Check(runfolder.Dataset{Spec: c.Spec(seed)}); err != nil {
				return nil, err
			}
		}
	}
	outcomes := map[string][]*Outcome{}
	step := Step{All: seeds * len(cells)}
	for seed := uint64(1); seed <= uint64(seeds); seed++ {
		for _, c := range cells {
			step.Number++
			one, err := w.do(ctx, c, seed, step)
			if err != nil {
				return nil, fmt.Errorf("%s, seed %d: %w", c.Name, seed, err)
			}
			outcomes[c.Name] = append(outcomes[c.Name], one)
		}
	}
	return p.report(cells, outcomes, seeds, parts)
}

// work is a study under way.
type work struct {
	plan       *Plan
	dir        string
	backend    compute.Backend
	options    Options
	recordings map[string]*datasets.Dataset
}

func folder(dir, name string, seed uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%s-seed%d", name, seed))
}

// job leaves a core that is not there yet out.
func (w *work) job(c Cell, seed uint64) compare.Job {
	j := compare.Job{Model: compare.Model{Name: c.Name, Config: c.Config}, Seed: seed, Path: folder(w.dir, c.Name, seed)}
	if c.CoreOf != "" {
		if run, err := runfolder.Open(folder(w.dir, c.CoreOf, seed)); err == nil {
			j.CoreFrom = run
		}
	}
	return j
}

func (w *work) do(ctx context.Context, c Cell, seed uint64, step Step) (*Outcome, error) {
	j := w.job(c, seed)
	spec, scores := c.Spec(seed), filepath.Join(w.dir, "scores", fmt.Sprintf("%s-seed%d.json", c.Name, seed))
	result, over, err := j.Result()
	if err != nil {
		return nil, err
	}
	step.Path, step.Over = j.Path, over
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
	if err := ctx.Err(); err != nil {
		return nil, fit.ErrInterrupted
	}
	data, err := w.open(spec)
	if err != nil {
		return nil, err
	}
	done, err := j.Do(ctx, w.backend, data, compare.Options{Progress: w.options.Progress})
	if err != nil {
		return nil, err
	}
	one, err := measure(w.backend, done, data)
	if err != nil {
		return nil, err
	}
	return one, one.keep(scores)
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
