package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/fit"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/schedule"
)

type fitCmd struct {
	Data        string   `placeholder:"SPEC" help:"The recording, as in npz:recording.npz. With --resume it may be left out."`
	Out         string   `placeholder:"RUN" help:"Run folder to make."`
	Config      string   `placeholder:"FILE|PRESET" help:"YAML file or preset to start from. Default: ecker2019-n16, or with --core-from that run's config."`
	Set         []string `sep:"none" placeholder:"KEY=VALUE" help:"Change one value of the config, as in core.features=16,16,16. May be repeated."`
	Seed        *uint64  `placeholder:"N" help:"Same as --set fit.seed=N."`
	CoreFrom    string   `placeholder:"RUN" help:"Take the core of a fitted run and train only the readout, or with --set fit.core_rate=SHARE the core too. The recording may be another one, with images of another size."`
	Resume      bool     `help:"Continue the fit in the run folder, if there is one. With a larger fit.max_steps, a fit that ended there continues too."`
	Background  bool     `help:"Fit in a separate process and return at once. The fit goes on when this terminal is closed. Its messages are in fit.log in the run folder."`
	Follow      bool     `help:"Show the progress of the fit in the run folder until it ends, whoever started it. Ctrl-C stops watching, not the fit."`
	FindRate    string   `placeholder:"F.png|F.svg" help:"Fit nothing: make some steps at a learning rate that rises from 0.0001 towards 1, draw the training loss against it, and suggest a fit.peak_rate. No run is kept."`
	ListPresets bool     `help:"List the presets and the sources of their numbers."`
	TensorBoard string   `name:"tensorboard" placeholder:"DIR" help:"Also write the validations to DIR/NAME, named like the run, as an event file of TensorBoard. A server of MLflow is sent the fit if $MLFLOW_TRACKING_URI is set."`
	JSON        bool     `help:"Print the result as JSON."`
}

// fitResult is what fit --json prints.
type fitResult struct {
	Run string `json:"run"` // run folder
	runfolder.Result
	Silent []string `json:"silent,omitempty"` // neurons whose training responses never vary
}

func (c *fitCmd) Run(ctx context.Context, a *app) error {
	if c.ListPresets {
		return listPresets(a)
	}
	if c.FindRate != "" {
		return c.findRate(ctx, a)
	}
	if c.Out == "" {
		return usagef("missing flags: --out=RUN")
	}
	if c.Follow {
		return c.follow(ctx, a)
	}
	if c.Resume && runfolder.IsRun(c.Out) {
		if c.Background {
			return c.background(ctx, a)
		}
		return c.resume(ctx, a)
	}
	if c.Data == "" {
		return usagef("missing flags: --data=SPEC")
	}
	if err := runfolder.CheckFree(c.Out); err != nil { // before the data are read
		return fmt.Errorf("--out: %w", err)
	}
	source, err := c.source(a)
	if err != nil {
		return err
	}
	config, err := c.config(source)
	if err != nil {
		return err
	}
	if c.Background {
		return c.background(ctx, a)
	}
	data, backend, err := a.recording(ctx, c.Data, config)
	if err != nil {
		return err
	}
	a.sayMissing(data, config)
	return c.train(ctx, a, data, func(o fit.Options) (runfolder.Result, []int, error) {
		o.CoreFrom = source
		return fit.Run(ctx, backend, data, config, c.Out, o)
	})
}

func (c *fitCmd) resume(ctx context.Context, a *app) error {
	run, err := a.open(ctx, c.Out, c.Data)
	if err != nil {
		return err
	}
	same, maxSteps, err := c.asks(run.Folder)
	if err != nil {
		return err
	}
	if !same {
		a.sayf("warning: --resume: the config in %s differs from the one asked for; it is the one that counts", c.Out)
	}
	result, over, err := run.Result()
	if err != nil {
		return err
	}
	if over && (maxSteps == 0 || result.Reason != runfolder.ReasonCap) {
		a.sayf("the fit in %s is over", c.Out)
		return c.show(a, result, nil)
	}
	data, err := run.Recording()
	if err != nil {
		return err
	}
	backend, err := run.Backend(ctx)
	if err != nil {
		return err
	}
	a.sayMissing(data, run.Config)
	return c.train(ctx, a, data, func(o fit.Options) (runfolder.Result, []int, error) {
		o.MaxSteps = maxSteps
		return fit.Resume(ctx, backend, data, c.Out, o)
	})
}

// train runs or resumes a fit and reports on it.
func (c *fitCmd) train(ctx context.Context, a *app, data *datasets.Dataset, f func(fit.Options) (runfolder.Result, []int, error)) error {
	a.sayNotes(data)
	follower, err := a.track(c.Out, c.TensorBoard)
	if err != nil {
		return err
	}
	p := newProgress(ctx, a.stderr)
	var result runfolder.Result
	var silent []int
	err = a.gracefully(func() (err error) {
		result, silent, err = f(fit.Options{Progress: p.report})
		return err
	})
	p.close()
	follower.End(statusOf(err))
	var names []string
	all := datasets.Names(data.Neurons, data.NumNeurons())
	for _, n := range silent {
		names = append(names, all[n])
	}
	if errors.Is(err, fit.ErrInterrupted) {
		return fmt.Errorf("%w; to go on: v1lab fit --resume --out %s", err, c.Out)
	}
	if err != nil {
		return err
	}
	return c.show(a, result, names)
}

// asks reports whether the run has the config that the flags ask for, but for a larger fit.max_steps, which it then returns. Without --config, the
// flags ask for changes of the default preset, as when the fit began, or of the run. The run that --core-from names may have been deleted.
func (c *fitCmd) asks(run *runfolder.Folder) (same bool, maxSteps int, err error) {
	from := run.Config.Fit.CoreFrom
	if c.CoreFrom != "" {
		path, err := filepath.Abs(c.CoreFrom)
		if err != nil {
			return false, 0, fmt.Errorf("--core-from: %w", err)
		}
		if from == nil || from.Run != path {
			return false, 0, nil
		}
	}
	if c.Config == "" && len(c.Set) == 0 && c.Seed == nil {
		return true, 0, nil
	}
	bases := []*runfolder.Folder{nil, run}
	if c.CoreFrom != "" || c.Config != "" {
		bases = bases[1:]
	}
	for _, base := range bases {
		config, err := c.config(base)
		if err != nil && base == nil {
			continue // the settings may suit the run alone
		}
		if err != nil {
			return false, 0, err
		}
		if c.CoreFrom != "" || base != nil && c.Config == "" {
			config = config.WithCore(from)
		}
		if maxSteps = config.Fit.MaxSteps; maxSteps <= run.Config.Fit.MaxSteps {
			maxSteps = 0
		} else {
			config.Fit.MaxSteps = run.Config.Fit.MaxSteps
		}
		if config.SameFit(run.Config) {
			return true, maxSteps, nil
		}
	}
	return false, 0, nil
}

// source opens the run of --core-from. It returns nil if the flag was not given.
func (c *fitCmd) source(a *app) (*runfolder.Folder, error) {
	if c.CoreFrom == "" {
		return nil, nil //nolint:nilnil // the flag was not given
	}
	run, err := runfolder.Open(c.CoreFrom)
	if err != nil {
		return nil, fmt.Errorf("--core-from: %w", err)
	}
	if _, over, err := run.Result(); err != nil {
		return nil, fmt.Errorf("--core-from: %w", err)
	} else if !over {
		a.sayf("warning: --core-from: the fit in %s is not over; the core is that of its best weights so far", c.CoreFrom)
	}
	return run, nil
}

// config resolves --config, --set and --seed. Without --config, --set and --seed change the config of the run of, if there is one; only how its
// core was evaluated, frozen and taken from elsewhere is reset.
func (c *fitCmd) config(of *runfolder.Folder) (v1model.Config, error) {
	settings := c.Set
	if c.Seed != nil {
		settings = append(settings, fmt.Sprintf("fit.seed=%d", *c.Seed))
	}
	if of == nil || c.Config != "" {
		return resolve("--config", c.Config, settings)
	}
	config := of.Config
	config = config.WithCore(nil)
	config.Core.Evaluation = nil
	if of.Path == c.CoreFrom { // its own core may have been fine-tuned, which a further fit asks for anew
		config.Fit.CoreRate = 0
	}
	if err := config.Set(settings...); err != nil {
		return config, wrong{err}
	}
	if err := config.Validate(); err != nil {
		return config, wrong{err}
	}
	return config, nil
}

func (c *fitCmd) show(a *app, result runfolder.Result, silent []string) error {
	if text := result.NoBetter(); text != "" {
		a.sayf("warning: %s", text)
	}
	if c.JSON {
		return a.json(fitResult{c.Out, result, silent})
	}
	if result.Reason == runfolder.ReasonImported {
		a.printf("%s: weights from elsewhere, nothing was fitted here\n", c.Out)
		return nil
	}
	why := schedule.Why(result.Reason)
	run, err := runfolder.Open(c.Out)
	if err != nil {
		return err
	}
	objective, err := run.Config.Fit.Objective()
	if err != nil {
		return err
	}
	a.printf("%s: %d steps in %.1f s, %s; best validation loss %.6g at step %d (%s)\n", c.Out, result.Steps, result.Seconds, why, result.ValLoss, result.Best, objective.Name)
	return nil
}

func listPresets(a *app) error {
	w := tabwriter.NewWriter(a.stdout, 0, 0, 2, ' ', 0)
	for _, p := range v1model.Presets() {
		fmt.Fprintf(w, "%s\t%s\n", p.ID(), p.Source) //nolint:errcheck // kept in a.stdout
	}
	return w.Flush()
}

// empty reports whether dir exists and has nothing in it.
func empty(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && len(entries) == 0
}

// shortList joins the first words of a list and counts the rest.
func shortList(words []string, most int) string {
	words = slices.Clone(words)
	for i, word := range words {
		words[i] = datasets.Printable(word)
	}
	if len(words) <= most {
		return strings.Join(words, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(words[:most], ", "), len(words)-most)
}
