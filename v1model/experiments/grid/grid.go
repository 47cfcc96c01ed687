package grid

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
)

// Condition is a kind of fit: a model and the recording it is fitted to. Each seed makes one fit of it.
type Condition struct {
	Name      string         // of its run folders, NAME-seedK
	Config    v1model.Config // its seed is ignored
	FirstSeed uint64         // the others follow; 0 means 1
	// Data describes the recording of each seed's fit. Without a fingerprint, recordings are compared by name (Spec).
	Data   func(seed uint64) runfolder.Dataset
	CoreOf string // earlier condition whose core, of the same seed, is used unchanged; empty: none
}

// Grid is the fits of every condition with as many seeds, in run folders DIR/NAME-seedK.
type Grid struct {
	Dir        string
	Seeds      int
	Conditions []Condition
	Open       func(spec string) (*datasets.Dataset, error) // opens a recording by its name; called for fits that are not over yet
	// Diverged, if not nil, is called with the error of a fit that diverged, and the others are made. Otherwise the error ends the grid.
	Diverged func(Done, error)
	// More tells workers that another grid follows in the folder when this one is over.
	More bool
	Watch
}

// Watch receives the progress of a grid. Any of its functions may be nil.
type Watch struct {
	// Started is called before each fit is made, resumed or, if it is over, read.
	Started func(Step)
	// Progress is called after every training step, and must return quickly.
	Progress func(fit.Progress)
	// Waiting is called a few times a second while another process makes a fit that is wanted here too.
	Waiting func(Step, runfolder.Writer)
	// Workers, if not nil, is called once before the first fit, unless all are over: other processes may make fits. Those that they leave are made here.
	Workers func(context.Context, *Grid) error
}

// Step is the progress of a grid.
type Step struct {
	Number, All int    // of fits, Number from 1
	Path        string // run folder
	Over        bool   // it was made before
}

// Run makes all fits of a seed before those of the next, and calls each when a fit is over. All folders are checked before the first fit.
//
// If ctx ends, the current fit is saved and fit.ErrInterrupted returned. The same call continues.
func (g *Grid) Run(ctx context.Context, backend compute.Backend, each func(Done) error) error {
	if err := g.Check(); err != nil {
		return err
	}
	if err := g.workers(ctx); err != nil {
		return err
	}
	step := Step{All: g.Seeds * len(g.Conditions)}
	return g.visit(func(j Job) error {
		step.Number++
		step.Path = j.Path
		done, err := g.obtain(ctx, backend, j, step)
		if divergence := err; errors.Is(err, fit.ErrDiverged) && g.Diverged != nil {
			done.Name = j.Name
			if done.Run, err = runfolder.Open(j.Path); err == nil {
				g.Diverged(done, divergence)
				return nil
			}
		}
		if err == nil {
			if err = each(done); err != nil && errors.Is(err, ctx.Err()) {
				err = g.interrupted("while this fit was measured")
			}
		}
		if err != nil {
			return fmt.Errorf("%s, seed %d: %w", j.Name, j.Seed, err)
		}
		return nil
	})
}

// workers lets other processes make fits.
func (g *Grid) workers(ctx context.Context) error {
	if g.Workers == nil {
		return nil
	}
	if _, left, err := g.Count(); err != nil || left == 0 {
		return err
	}
	return g.Workers(ctx, g)
}

// Check returns an error for invalid conditions and for folders that hold another fit.
func (g *Grid) Check() error {
	if err := g.CheckNames(); err != nil {
		return err
	}
	return g.visit(func(j Job) error { return j.Check(j.Data(j.Seed)) })
}

// CheckNames returns an error for invalid conditions.
func (g *Grid) CheckNames() error {
	if g.Seeds < 1 {
		return fmt.Errorf("%d seeds; at least 1 is needed", g.Seeds)
	}
	names := map[string]bool{}
	for _, c := range g.Conditions {
		switch {
		case c.Name == "" || strings.ContainsAny(c.Name, `/\`):
			return fmt.Errorf("name %q of a model; accepted: what a folder can be called", c.Name)
		case names[c.Name]:
			return fmt.Errorf("%s is named twice", c.Name)
		case c.CoreOf != "" && !names[c.CoreOf]:
			return fmt.Errorf("%s: takes the core of %q; accepted: what is fitted before it", c.Name, c.CoreOf)
		}
		names[c.Name] = true
	}
	return nil
}

// Count counts the fits, and how many of them are still to be made.
func (g *Grid) Count() (all, left int, err error) {
	err = g.visit(func(j Job) error {
		_, over, err := j.ReadResult()
		all++
		if !over {
			left++
		}
		return err
	})
	return all, left, err
}

// visit calls f for every fit in order, up to the first error.
func (g *Grid) visit(f func(Job) error) error {
	for i := range max(g.Seeds, 0) {
		for c := range g.Conditions {
			if err := f(g.Job(c, i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Job returns the fit of a condition with one of its seeds; seed is a number below Seeds.
func (g *Grid) Job(condition, seed int) Job {
	c := g.Conditions[condition]
	j := Job{Condition: c, Seed: c.seed(seed)}
	j.Path = g.folder(c, j.Seed)
	if source := g.Source(condition); source >= 0 {
		j.Source = g.folder(g.Conditions[source], g.Conditions[source].seed(seed))
	}
	return j
}

// Source returns the index of the condition whose core a condition takes, or -1.
func (g *Grid) Source(condition int) int {
	return slices.IndexFunc(g.Conditions, func(c Condition) bool { return c.Name == g.Conditions[condition].CoreOf })
}

func (c Condition) seed(number int) uint64 { return max(1, c.FirstSeed) + uint64(number) }

func (g *Grid) folder(c Condition, seed uint64) string {
	return filepath.Join(g.Dir, fmt.Sprintf("%s-seed%d", c.Name, seed))
}

// obtain returns a finished fit, making it if necessary. If another process is making it, obtain waits.
func (g *Grid) obtain(ctx context.Context, backend compute.Backend, j Job, step Step) (Done, error) {
	for {
		done, err := g.attempt(ctx, backend, j, step)
		if !errors.Is(err, runfolder.ErrTaken) {
			return done, err
		}
	}
}

func (g *Grid) attempt(ctx context.Context, backend compute.Backend, j Job, step Step) (Done, error) {
	if err := g.wait(ctx, step); err != nil {
		return Done{}, err
	}
	result, over, err := j.ReadResult()
	if err != nil {
		return Done{}, err
	}
	step.Over = over
	if g.Started != nil {
		g.Started(step)
	}
	if over {
		err = j.Check(j.Data(j.Seed))
	} else {
		result, err = g.fit(ctx, backend, j)
	}
	if err != nil {
		return Done{}, err
	}
	run, err := runfolder.Open(j.Path)
	return Done{Name: j.Name, Run: run, Result: result, open: func(ctx context.Context) (*datasets.Dataset, error) { return g.open(ctx, j) }}, err
}

// wait waits until nobody writes to a fit's folder.
func (g *Grid) wait(ctx context.Context, step Step) error {
	err := runfolder.Wait(ctx, step.Path, func(writer runfolder.Writer) {
		if g.Waiting != nil {
			g.Waiting(step, writer)
		}
	})
	if err != nil && errors.Is(err, ctx.Err()) {
		return g.interrupted("while another process makes this fit")
	}
	return err
}

// fit makes a fit or resumes it.
func (g *Grid) fit(ctx context.Context, backend compute.Backend, j Job) (runfolder.Result, error) {
	data, err := g.open(ctx, j)
	if err != nil {
		return runfolder.Result{}, err
	}
	return j.Make(ctx, backend, data, fit.Options{Progress: g.Progress})
}

func (g *Grid) interrupted(when string) error {
	return fmt.Errorf("%w %s; what is over is kept in %s", fit.ErrInterrupted, when, g.Dir)
}

// open opens a fit's recording. A folder that was fitted to other data is an error.
func (g *Grid) open(ctx context.Context, j Job) (*datasets.Dataset, error) {
	if ctx.Err() != nil {
		return nil, g.interrupted("before this fit")
	}
	data, err := g.Open(j.Data(j.Seed).Spec)
	if err != nil {
		return nil, err
	}
	return data, j.Check(runfolder.Describe(data))
}

// Done is a fit that is over.
type Done struct {
	Name   string // of its condition
	Run    *runfolder.Folder
	Result runfolder.Result
	open   func(context.Context) (*datasets.Dataset, error)
}

// Open opens the recording of the fit. If ctx has ended it returns fit.ErrInterrupted.
func (d Done) Open(ctx context.Context) (*datasets.Dataset, error) { return d.open(ctx) }
