package trial

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"v1lab/v1model/experiments/bench"
)

// Largest accepted relative differences from the reference: of float32, and of products in TF32, whose factors have 10 bits behind the point.
const (
	Float32 = 1e-5
	TF32    = 1e-3
	Peer    = bench.Rounding // of peers in float32, whose gradients are rounded more coarsely
)

const referenceFile = "reference.npz" // in the folder of a problem, of what the reference computed there

// MakeReference writes to a folder of the case's name in dir the problem of a case and what a system computes on it, for trials on machines where that
// system does not run.
func MakeReference(ctx context.Context, dir string, c bench.Case, s bench.System) error {
	problem := filepath.Join(dir, c.Name)
	if err := os.MkdirAll(problem, 0o755); err != nil {
		return err
	}
	if err := bench.WriteProblem(problem, c); err != nil {
		return fmt.Errorf("%s: %w", c.Name, err)
	}
	return evaluate(ctx, s, problem, filepath.Join(problem, referenceFile))
}

// evaluate writes what a system computes on a problem.
func evaluate(ctx context.Context, s bench.System, problem, path string) error {
	p, err := bench.Open(ctx, s, problem, filepath.Join(problem, "cache"))
	if err != nil {
		return err
	}
	defer p.Close()
	return p.Evaluate(path)
}

// reference returns the folder of a case's problem with the reference's results: one that was carried along, or one made here.
func (t *trial) reference(ctx context.Context, c bench.Case) (string, error) {
	for _, dir := range []string{t.References, filepath.Join(t.dir, "reference")} {
		if dir == "" {
			continue
		}
		problem := filepath.Join(dir, c.Name)
		if _, err := os.Stat(filepath.Join(problem, referenceFile)); err == nil {
			return filepath.Abs(problem)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	made := filepath.Join(t.dir, "reference")
	if err := MakeReference(ctx, made, c, t.Ours(t.Reference, "")); err != nil {
		if ctx.Err() != nil {
			return "", err
		}
		return "", lacking{fmt.Errorf("no reference of %s was carried along, and none can be made here: %w", c.Name, err)}
	}
	return filepath.Abs(filepath.Join(made, c.Name))
}

// agree compares what a system computes on a case with the reference.
func (t *trial) agree(ctx context.Context, c bench.Case, s bench.System, accepted float64) error {
	problem, err := t.reference(ctx, c)
	if err != nil {
		return err
	}
	p, err := bench.Open(ctx, s, problem, filepath.Join(t.dir, "cache"))
	if err != nil {
		return err
	}
	defer p.Close()
	a, err := t.differ(p, c.Name, problem, s.Name, accepted)
	if err == nil {
		t.report.Agreement = append(t.report.Agreement, a)
	}
	return err
}

// differ compares what a process computes on the problem of a case with the reference's results there.
func (t *trial) differ(p *bench.Process, name, problem, system string, accepted float64) (Agreement, error) {
	found := filepath.Join(t.dir, "found.npz")
	if err := p.Evaluate(found); err != nil {
		return Agreement{}, err
	}
	d, err := bench.Differences(filepath.Join(problem, referenceFile), found, system)
	d.Case = name
	return Agreement{Agreement: d, Accepted: accepted, Holds: d.Worst() <= accepted}, err
}

const trainingStep = "training step"

// against times a peer on a case. If there is a reference for that, the peer is compared with it first.
func (t *trial) against(ctx context.Context, c bench.Case, s bench.System) error {
	if why := t.Lacking[s.Name]; why != "" {
		return lacking{errors.New(why)}
	}
	if !slices.ContainsFunc(t.Agree, func(a bench.Case) bool { return a.Name == c.Name }) {
		problem, err := t.problem(c)
		if err != nil {
			return err
		}
		return t.speed(ctx, c, s, problem, "")
	}
	problem, err := t.reference(ctx, c)
	if err != nil {
		return err
	}
	return t.speed(ctx, c, s, problem, problem)
}

// speed times training steps and predictions of a system on the problem of a case, after it has been compared with the reference, if that is given.
func (t *trial) speed(ctx context.Context, c bench.Case, s bench.System, problem, reference string) error {
	p, err := bench.Open(ctx, s, problem, filepath.Join(t.dir, "cache"))
	if err != nil {
		return err
	}
	defer p.Close()
	var agreed []Agreement
	if reference != "" {
		a, err := t.differ(p, c.Name, reference, s.Name, Peer)
		if err != nil {
			return err
		}
		agreed = append(agreed, a)
	}
	var rows []Speed
	for _, m := range []struct {
		what string
		time func(rounds int) (bench.Timing, error)
	}{{trainingStep, p.Steps}, {"prediction of 512 images", p.Predict}} {
		row, err := watched(ctx, c, m.what, func() (bench.Timing, error) { return m.time(t.Rounds) })
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	t.report.Agreement = append(t.report.Agreement, agreed...)
	t.report.Speed = append(t.report.Speed, rows...)
	return nil
}

// images times most exciting images.
func (t *trial) images(ctx context.Context) error {
	c := t.Time[0]
	problem, err := t.problem(c)
	if err != nil {
		return err
	}
	p, err := bench.Open(ctx, t.ours(false), problem, filepath.Join(t.dir, "cache"))
	if err != nil {
		return err
	}
	defer p.Close()
	row, err := watched(ctx, c, "most exciting image", func() (bench.Timing, error) { return p.MEIs(min(t.MEI, c.Neurons), t.MEISteps) })
	if err == nil {
		t.report.Speed = append(t.report.Speed, row)
	}
	return err
}

// watched makes a timing while nvidia-smi, if there is one, watches the GPU.
func watched(ctx context.Context, c bench.Case, what string, time func() (bench.Timing, error)) (Speed, error) {
	end := watch(ctx)
	timing, err := time()
	row := Speed{Case: c.Name, What: what, Timing: timing}
	if what == trainingStep {
		row.Batch, row.Rate = c.Batch, float64(c.Batch)*timing.Rate
	}
	row.Utilisation, row.Memory = end()
	return row, err
}
