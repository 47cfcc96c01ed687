package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute"

	"v1lab/kernels/jupyter"
	"v1lab/kernels/peers"
	"v1lab/kernels/pjrt/execache"
	"v1lab/notebooks/report"
	"v1lab/v1model/experiments/bench"
	"v1lab/v1model/runfolder"
)

var runBench = bench.Run // replaced in tests

// benchVerbs lets v1lab bench measure, as it always did, and v1lab bench gpu try a GPU.
type benchVerbs struct {
	Measure benchCmd    `cmd:"" default:"withargs" hidden:"" help:"Measure speed and memory; on request compare them with PyTorch and JAX."`
	GPU     benchGPUCmd `cmd:"" name:"gpu" help:"Try a GPU, in ten minutes and without a network: does it compute the same, how fast, beside JAX and PyTorch, do fits end with the same bits."`
}

type benchCmd struct {
	Peers   bool     `help:"Measure PyTorch (eager and compiled) and JAX too. They are installed when first needed: 0.7 GB to download, 1.9 GB on disk."`
	Without []string `placeholder:"A,B" help:"Peers to leave out: torch, torch.compile, jax."`
	What    []string `default:"step,predict" placeholder:"A,B,C" help:"What to measure: step, predict, mei, read, start, cell (waiting times in a notebook: cells, kernel, JupyterLab), fit, scaling, sessions, products (each matrix product of a step, a prediction and an image, in other layouts and blocks). Default: step,predict."`
	Size    []string `placeholder:"A,B" help:"Problem sizes: quickstart (images of 24x24), paper (36x64). Default: both; for scaling, paper; for sessions, quickstart; with --config, that of its images."`
	Neurons []int    `placeholder:"N,..." help:"Numbers of neurons, instead of those of the size."`
	Batch   []int    `placeholder:"N,..." help:"Images in a batch, instead of those of the size."`
	Images  []int    `placeholder:"N,..." help:"Numbers of training images, for scaling and, of each session, for sessions."`
	Number  []int    `name:"sessions" placeholder:"N,..." help:"Numbers of sessions, for sessions. Default: 1,2,4,8,16."`
	Folder  string   `name:"run" placeholder:"RUN" help:"Fitted run for mei and cell. Default: random neurons of each size."`
	MEIs    int      `default:"200" name:"mei-neurons" placeholder:"N" help:"Neurons for mei. Default: 200."`
	Largest int      `placeholder:"N" help:"For products: the N products of each program that have the most arithmetic. Default: all."`
	Rounds  int      `default:"5" placeholder:"N" help:"Rounds in which all systems take turns. Default: 5."`
	Data    string   `default:"simulated:" placeholder:"SPEC" help:"Recording for fit, cell and start. Default: simulated:."`
	Config  string   `placeholder:"FILE|PRESET" help:"Model for all measurements. Default: that of the size, and quickstart for fit, cell and start."`
	Beside  string   `placeholder:"FILE|PRESET" help:"With --peers and --what fit: another model, or another schedule, that the peers fit too, to compare our fit of --config with."`
	Set     []string `sep:"none" placeholder:"KEY=VALUE" help:"Change one value of every model's config, as in core.features=8,8,8. May be repeated."`
	Steps   int      `placeholder:"N" help:"Largest number of steps of a fit or a most exciting image. Default: that of the config."`
	Out     string   `placeholder:"DIR" help:"Folder for the scaling figures."`
	JSON    bool     `help:"Print all numbers as JSON."`
}

func (c *benchCmd) Run(ctx context.Context, a *app) error {
	o, err := c.options(a)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	ours := bench.System{Name: bench.Ours, Args: []string{self, "bench-worker"}, Cold: []string{execache.Env + "=1"}}
	if a.backend != "" {
		ours.Args = append(ours.Args, "--backend", a.backend)
	}
	o.Systems = []bench.System{ours}
	if c.Peers {
		scripts, err := os.MkdirTemp("", "v1lab-peers-")
		if err != nil {
			return fmt.Errorf("temporary folder: %w", err)
		}
		defer os.RemoveAll(scripts) //nolint:errcheck // temporary
		others, err := c.peerSystems(ctx, a, scripts)
		if err != nil {
			return err
		}
		for _, name := range c.Without {
			known := slices.IndexFunc(others, func(s bench.System) bool { return s.Name == name })
			if known < 0 {
				return usagef("--without %q; accepted: torch, torch.compile, jax, each once", name)
			}
			others = slices.Delete(others, known, known+1)
		}
		o.Systems = append(o.Systems, others...)
	}
	var r *bench.Report
	err = a.gracefully(func() (err error) { // bench ends the processes that it started
		var cells, fits []bench.Row
		if slices.Contains(c.What, bench.Cell) {
			if cells, err = c.measureWaits(ctx, a); err != nil {
				return err
			}
		}
		if slices.Contains(c.What, bench.Start) {
			if fits, err = c.measureStart(ctx, a); err != nil {
				return err
			}
		}
		if r, err = runBench(ctx, o); r != nil {
			r.Cell, r.Start = cells, append(r.Start, fits...)
		}
		return err
	})
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	if r == nil || err != nil && r.Empty() {
		return err
	}
	return cmp.Or(err, c.show(a, r))
}

// config is the model for fit, cell and start.
func (c *benchCmd) config() string { return cmp.Or(c.Config, "quickstart") }

// options returns the flags as options of package bench.
func (c *benchCmd) options(a *app) (bench.Options, error) {
	o := bench.Options{What: c.What, Rounds: c.Rounds, Products: c.Largest, Progress: a.stderr}
	for _, w := range c.What {
		if !slices.Contains(bench.What, w) {
			return o, usagef("--what %q; accepted: %s", w, strings.Join(bench.What, ", "))
		}
	}
	if c.Rounds < 1 {
		return o, usagef("--rounds %d; accepted: a number from 1", c.Rounds)
	}
	if c.Largest < 0 {
		return o, usagef("--largest %d; accepted: a number from 1, or none", c.Largest)
	}
	if c.MEIs < 1 {
		return o, usagef("--mei-neurons %d; accepted: a number from 1", c.MEIs)
	}
	o.MEI = bench.MEIOptions{Neurons: c.MEIs, Steps: c.Steps}
	if c.Folder != "" {
		path, err := filepath.Abs(c.Folder)
		if err != nil {
			return o, fmt.Errorf("--run: %w", err)
		}
		if o.MEI.Run, err = runfolder.Open(path); err != nil {
			return o, err
		}
	}
	if c.Steps < 0 {
		return o, usagef("--steps %d; accepted: a number from 1, or none", c.Steps)
	}
	for _, of := range []struct {
		flag   string
		values []int
	}{{"--neurons", c.Neurons}, {"--batch", c.Batch}, {"--images", c.Images}, {"--sessions", c.Number}} {
		if len(of.values) > 0 && slices.Min(of.values) < 1 {
			return o, usagef("%s %d; accepted: numbers from 1", of.flag, slices.Min(of.values))
		}
	}
	if c.Config != "" {
		if _, err := resolve("--config", c.Config, c.Set); err != nil {
			return o, err
		}
	}
	var err error
	if slices.ContainsFunc(c.What, func(what string) bool {
		return slices.Contains([]string{bench.Step, bench.Predict, bench.MEI, bench.Dots, bench.Read, bench.Start}, what)
	}) {
		if o.Cases, err = bench.Cases(c.Config, c.Size, c.Neurons, c.Batch, c.Set); err != nil {
			return o, wrong{err}
		}
	}
	if slices.Contains(c.What, bench.Scaling) {
		if o.Scaling, err = bench.ScalingAxes(c.Config, c.Size, c.Neurons, c.Images, c.Batch, c.Set); err != nil {
			return o, wrong{err}
		}
	}
	if slices.Contains(c.What, bench.Sessions) {
		if o.Sessions, err = bench.SessionsAxis(c.Config, c.Size, c.Number, c.Neurons, c.Images, c.Batch, c.Set); err != nil {
			return o, wrong{err}
		}
	} else if len(c.Number) > 0 {
		return o, usagef("--sessions %d; accepted: only with --what sessions", c.Number)
	}
	if slices.Contains(c.What, bench.Fit) {
		if o.Fit.Config, err = resolve("--config", c.config(), c.Set); err != nil {
			return o, err
		}
		if o.Fit.Data, err = dataset(c.Data); err != nil {
			return o, err
		}
		o.Fit.MaxSteps = c.Steps
	}
	if c.Beside != "" {
		if !c.Peers || !slices.Contains(c.What, bench.Fit) {
			return o, usagef("--beside has no effect without --peers and --what fit")
		}
		beside, err := resolve("--beside", c.Beside, c.Set)
		if err != nil {
			return o, err
		}
		o.Fit.Beside = &beside
	}
	return o, nil
}

// peerSystems installs PyTorch and JAX if they are missing, and returns them as systems to measure.
func (c *benchCmd) peerSystems(ctx context.Context, a *app, scripts string) (systems []bench.System, err error) {
	var interpreter string
	err = a.gracefully(func() (err error) {
		interpreter, err = peers.Ensure(ctx, a.stderr)
		return err
	})
	if err != nil {
		return nil, err
	}
	return bench.Peers(interpreter, scripts)
}

// measureWaits measures the waiting times of a person in front of a notebook.
func (c *benchCmd) measureWaits(ctx context.Context, a *app) ([]bench.Row, error) {
	dir, err := os.MkdirTemp("", "v1lab-waits-")
	if err != nil {
		return nil, fmt.Errorf("temporary folder: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary
	run := c.Folder
	if run != "" {
		if run, err = filepath.Abs(run); err != nil {
			return nil, fmt.Errorf("--run: %w", err)
		}
	} else {
		run = filepath.Join(dir, "run")
		data, err := dataset(c.Data)
		if err != nil {
			return nil, err
		}
		config, err := resolve("--config", c.config(), c.Set)
		if err != nil {
			return nil, err
		}
		if err := bench.MakeRun(run, config, data); err != nil {
			return nil, err
		}
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	a.sayf("kernels and cells, %d rounds", c.Rounds)
	cells := make([][]string, 3)
	for round := range c.Rounds + 1 {
		cells[0] = append(cells[0], bench.TrivialCell(round))
		cells[1] = append(cells[1], bench.PredictCell(run, round))
		cells[2] = append(cells[2], bench.PredictCell(run, c.Rounds))
	}
	l, err := jupyter.MeasureLatency(ctx, self, cells, c.Rounds+1, a.stderr)
	if err != nil {
		return nil, err
	}
	a.sayf("v1lab lab, %d rounds", c.Rounds)
	var served []float64
	for range c.Rounds + 1 {
		seconds, err := jupyter.MeasureServed(ctx, []string{self, "lab", "--"}, os.Environ())
		if err != nil {
			return nil, err
		}
		served = append(served, seconds)
	}
	var rows []bench.Row
	for _, m := range []struct {
		wait    bench.Wait
		seconds []float64
	}{{bench.WaitCell, l.Cells[0]}, {bench.WaitPredict, l.Cells[2]}, {bench.WaitEdited, l.Cells[1]}, {bench.WaitKernel, l.Start}, {bench.WaitLab, served}} {
		row, err := m.wait.Row(m.seconds)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func (c *benchCmd) show(a *app, r *bench.Report) error {
	var paths []string
	if c.Out != "" && len(r.Scaling) > 0 {
		named, err := report.Scaling(r.Scaling)
		if err != nil {
			return err
		}
		if paths, err = report.Save(c.Out, named); err != nil {
			return err
		}
	}
	if c.JSON {
		return a.json(r)
	}
	if err := r.WriteText(a.stdout); err != nil {
		return nil //nolint:nilerr // kept in a.stdout
	}
	for _, p := range paths {
		a.printf("%s\n", p)
	}
	return nil
}

type benchWorkerCmd struct{}

// Run answers requests on standard input. It opens the device of --backend when the first request needs it.
func (benchWorkerCmd) Run(ctx context.Context, a *app) error {
	return bench.Serve(ctx, func(ctx context.Context) (compute.Backend, error) { return openBackend(ctx, a.backend, a.stderr) }, os.Stdin, a.stdout)
}
