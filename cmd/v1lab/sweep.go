package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"

	"v1lab/datasets"
	"v1lab/datasets/infile"
	"v1lab/datasets/strictyaml"
	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/experiments/sweep/queue"
)

type sweepCmd struct {
	Run    sweepRunCmd    `cmd:"" help:"Search a space of configs with workers on this machine. The same command goes on with a sweep that was stopped."`
	Work   sweepWorkCmd   `cmd:"" help:"Be one worker of a sweep, on any machine that sees its folder."`
	Status sweepStatusCmd `cmd:"" help:"Show where a sweep stands."`
	Best   sweepBestCmd   `cmd:"" help:"Show the draw with the lowest validation loss and the five best."`
	Report sweepReportCmd `cmd:"" help:"Write a page about a sweep."`
	Import sweepImportCmd `cmd:"" help:"Make draws of a sweep of finished runs."`
	Stop   sweepStopCmd   `cmd:"" help:"Let all workers save and end."`
	Retry  sweepRetryCmd  `cmd:"" help:"Allow draws that failed to be tried anew."`

	Slurm      sweepSlurmCmd      `cmd:"" help:"Print a script for Slurm whose tasks are workers."`
	Kubernetes sweepKubernetesCmd `cmd:"" help:"Print a Job for Kubernetes whose pods are workers."`
}

// queueFlag is the flag of verbs that work on a sweep.
type queueFlag struct {
	Queue string `placeholder:"URL" env:"V1LAB_SWEEP_QUEUE" help:"PostgreSQL database, as in postgres://USER@HOST/DATABASE, through which machines that see the folder share the work. Default: a file in the folder, for one machine."`
}

func (q queueFlag) check() error {
	if err := queue.Check(q.Queue); err != nil {
		return usagef("--queue: %w", err)
	}
	return nil
}

type sweepRunCmd struct {
	Data      string   `placeholder:"SPEC" help:"The recording, as in npz:recording.npz."`
	Config    string   `placeholder:"FILE|PRESET" help:"YAML file or preset that draws change. Default: ecker2019-n16."`
	Set       []string `sep:"none" placeholder:"KEY=VALUE" help:"Change one value of the config, as in fit.batch=64. May be repeated."`
	Space     []string `sep:"none" placeholder:"KEY=RANGE" help:"Draw the values of a key from a range: log(a,b), lin(a,b), int(a,b) or one(a,b,c), as in readout.sparsity=log(0.001,0.1). May be repeated. The space ecker2019 has the paper's ranges."`
	SpaceFile string   `placeholder:"FILE" help:"YAML file with keys of a sweep.yaml: data, config, set, space, search, asha, min_steps, reduction, seed, draws, seeds, ahead, slice, tries. Flags go before it."`
	Search    string   `placeholder:"METHOD" help:"How draws are proposed: random, sobol, sobol-plain, or tpe, which learns from the losses of earlier draws. Default: random."`
	ASHA      bool     `name:"asha" help:"Stop draws early: of three draws, the best goes on to the next rung, at three times as many steps."`
	MinSteps  int      `placeholder:"N" help:"With --asha: steps of the first rung, after which losses should tell which draws are good. Default: a 27th of fit.max_steps, and at least one validation."`
	Draws     int      `placeholder:"N" help:"Number of draws. Default: 32. A sweep without --asha can be continued with more."`
	Seeds     int      `placeholder:"N" help:"Fits of each draw, with seeds from the config's fit.seed on; their mean counts. Default: 1."`
	Seed      uint64   `placeholder:"N" help:"Seed of the search. Default: 1."`
	Slice     float64  `placeholder:"SECONDS" help:"Time after which a worker saves a fit and turns to what is most urgent. Default: 60."`
	Workers   int      `placeholder:"N" help:"Workers on this machine. Default: one for two cores and 2 GB of free memory; on a GPU, one."`
	Prepare   bool     `help:"Only make the folder, for workers elsewhere: sweep work, slurm or kubernetes."`
	Out       string   `required:"" placeholder:"DIR" help:"Folder of the sweep. If there is one, it goes on; other flags may then be left out."`
	JSON      bool     `help:"Print the state at the end as JSON, as sweep status does."`
	queueFlag
}

// Help implements kong.HelpProvider.
func (*sweepRunCmd) Help() string {
	return "The fits are run folders in DIR/runs. Workers and this command can be stopped or killed at any moment; the same command goes on, and the weights are those of a search that was never interrupted, to the bit. Which draws are proposed depends on the flags alone, not on the number of workers."
}

func (c *sweepRunCmd) Run(ctx context.Context, a *app) error {
	if c.Workers < 0 {
		return usagef("--workers %d; accepted: a number from 1", c.Workers)
	}
	if err := c.check(); err != nil {
		return err
	}
	asked, err := c.asked()
	if err != nil {
		return err
	}
	f, err := sweep.Begin(c.Out, asked, func(spec string) (*datasets.Dataset, error) {
		data, err := dataset(spec)
		if err == nil {
			a.warnOfLeaks(data)
			a.sayNotes(data)
		}
		return data, err
	})
	if errors.Is(err, sweep.ErrAsked) {
		return wrong{err}
	}
	if err != nil {
		return err
	}
	state, err := sweep.NewReader(f).Read()
	if err != nil {
		return err
	}
	if state.State == sweep.Finished {
		a.sayf("the sweep in %s is finished", c.Out)
		return c.show(a, f, state)
	}
	if c.Prepare {
		if c.JSON {
			return a.json(state)
		}
		a.printf("%s: %d draws with %d seeds; v1lab sweep work --out %[1]s works on them\n", c.Out, f.Spec.Draws, f.Spec.Seeds)
		return nil
	}
	q, err := queue.Open(ctx, f, c.Queue) // before workers are started
	if err != nil {
		return err
	}
	q.Close()
	if err := a.exportBackend(); err != nil {
		return err
	}
	workers := c.Workers
	if workers == 0 {
		workers = defaultWorkers(a.backend, f.Base.Backend)
	}
	err = a.gracefully(func() error { return (&crew{app: a, folder: f, queue: c.Queue}).run(ctx, workers) })
	if err != nil {
		return err
	}
	if state, err = sweep.NewReader(f).Read(); err != nil {
		return err
	}
	return c.show(a, f, state)
}

func (c *sweepRunCmd) show(a *app, f *sweep.Folder, state *sweep.State) error {
	_ = state.Keep(f) //nolint:errcheck // it is made anew when it is missing
	if c.JSON {
		return a.json(state)
	}
	return showBest(a, state)
}

// asked is the sweep that the flags and the file ask for, without defaults.
func (c *sweepRunCmd) asked() (s sweep.Spec, err error) {
	if c.SpaceFile != "" {
		text, err := infile.ReadFile(c.SpaceFile, strictyaml.MaxBytes)
		if err != nil {
			return s, fmt.Errorf("--space-file: %w", err)
		}
		if s, err = sweep.ParseSpec(text); err != nil {
			return s, fmt.Errorf("--space-file %s: %w", c.SpaceFile, err)
		}
		s.ID, s.Fingerprint = "", "" // of the sweep that the file may be from
	}
	for _, flag := range []struct {
		given string
		field *string
	}{{c.Data, &s.Data}, {c.Config, &s.Config}, {c.Search, &s.Search}} {
		if flag.given != "" {
			*flag.field = flag.given
		}
	}
	if len(c.Set) > 0 {
		s.Set = c.Set
	}
	if len(c.Space) > 0 {
		s.Space = c.Space
	}
	if c.Draws != 0 {
		s.Draws = c.Draws
	}
	if c.Seeds != 0 {
		s.Seeds = c.Seeds
	}
	if c.Seed > 0 {
		s.Seed = c.Seed
	}
	if c.Slice != 0 {
		s.Slice = c.Slice
	}
	if c.MinSteps != 0 {
		s.MinSteps = c.MinSteps
	}
	s.ASHA = s.ASHA || c.ASHA
	return s, nil
}

// defaultWorkers is how many workers this machine carries.
func defaultWorkers(backends ...string) int {
	for _, b := range append(backends, os.Getenv("GOMLX_BACKEND")) {
		if b == "xla:cuda" {
			return 1
		}
	}
	if _, err := os.Stat("/dev/nvidia0"); !errors.Is(err, fs.ErrNotExist) {
		return 1
	}
	const each = 2 << 30 // bytes
	n := max(1, runtime.NumCPU()/2)
	for n > 1 && infile.Room(uint64(n)*each) != nil {
		n--
	}
	return n
}
