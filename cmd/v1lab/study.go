package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"v1lab/datasets/durable"
	"v1lab/datasets/formats"
	"v1lab/notebooks/report"
	"v1lab/v1model/experiments/study"
	"v1lab/v1model/fit"
)

type studyCmd struct {
	Scale  string   `default:"cpu" enum:"toy,cpu,paper" help:"Sizes of recordings and models: toy is only a test of the program, cpu is for a few cores, paper is for a GPU. One of ${enum}."`
	Seeds  int      `default:"3" placeholder:"N" help:"Number of fits of each model, with seeds 1 to N. Default: ${default}."`
	What   []string `placeholder:"PARTS" help:"Parts to make: performance, efficiency, transfer, clusters, sparsity, animals. Default: all but animals."`
	Data   []string `sep:"none" placeholder:"SPEC" help:"A recording, as in npz:recording.npz, instead of the scale's simulation. With --what animals one of several sessions, as npz:a.npz,b.npz or a folder; or repeated, a session each, files of one scheme with the same options."`
	Second string   `placeholder:"SPEC" help:"Second recording, for the experiment that reuses a core. With --data and without this flag, that experiment is left out."`
	Set    []string `sep:"none" placeholder:"KEY=VALUE" help:"Change one value of every config, as in fit.batch=64. May be repeated."`
	Out    string   `required:"" placeholder:"DIR" help:"Folder for the runs, NAME-seedK, their scores, study.md, study.json and the figures. Finished fits in it are kept, unfinished ones are continued."`
	JSON   bool     `help:"Print all numbers as JSON."`
	crewFlags

	Recordings []string  `sep:"none" placeholder:"SPEC,SPEC" help:"Instead of the paper's experiments: fit ridge regression on pixels and the models of --presets to each of these recordings, and one core to those that share images. May be repeated."`
	Presets    []string  `default:"quickstart,quickstart-cnn64" placeholder:"A,B" help:"With --recordings: presets or YAML files; the first is compared with the others. Default: ${default}."`
	Search     []float64 `default:"0.004,0.016,0.064" placeholder:"X,Y,Z" help:"With --recordings: values of readout.sparsity, of which each model's is chosen on each recording by the validation loss of one fit; --set readout.sparsity=X instead chooses it for all. Default: ${default}."`
}

// Help implements kong.HelpProvider.
func (*studyCmd) Help() string {
	return "Each fit is made once, even if several tables use it. A study can be stopped at any time; the same command continues it. With more seeds or other parts, it makes only the fits that are missing."
}

func (c *studyCmd) Run(ctx context.Context, a *app, flags *kong.Context) error {
	if c.Seeds < 1 {
		return usagef("--seeds %d; accepted: a number from 1", c.Seeds)
	}
	if err := c.check(); err != nil {
		return err
	}
	if err := c.together(flags); err != nil {
		return err
	}
	if len(c.Recordings) > 0 {
		return c.sessions(ctx, a, flags)
	}
	for _, part := range c.What {
		if !slices.Contains(study.Parts(), part) {
			return usagef("--what %s; accepted: %s", part, strings.Join(study.Parts(), ","))
		}
	}
	plan, err := c.plan()
	if err != nil {
		return err
	}
	conditions, err := plan.Conditions(c.What...)
	if err != nil {
		return wrong{err}
	}
	backend, err := a.device(ctx, conditions[0].Config)
	if err != nil {
		return err
	}
	_, left, err := plan.Fits(c.Out, c.Seeds, c.What...)
	if err != nil {
		return err
	}
	w := &gridWatch{ctx: ctx, app: a, left: left, workers: c.workers(a)}
	var r *study.Report
	err = a.gracefully(func() (err error) {
		r, err = plan.Run(ctx, backend, c.Out, c.Seeds, c.What, w.watch())
		return err
	})
	w.close()
	if errors.Is(err, fit.ErrInterrupted) {
		return fmt.Errorf("%w; the same command goes on", err)
	}
	if err != nil {
		return err
	}
	paths, err := c.write(r)
	if err != nil {
		return err
	}
	if c.JSON {
		return a.json(r)
	}
	showTables(a, r.Tables())
	for _, p := range paths {
		a.printf("%s\n", p)
	}
	return nil
}

// plan makes the plan of the scale, for the recordings that are given.
func (c *studyCmd) plan() (*study.Plan, error) {
	if len(c.Data) > 1 && !slices.Equal(c.What, []string{study.Animals}) {
		return nil, usagef("--data: given %d times; accepted: once, or sessions for --what %s alone", len(c.Data), study.Animals)
	}
	var first, second string
	var names []string
	for _, name := range c.Data {
		name, err := absolute(name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(names, name) {
			return nil, usagef("--data: %s is named twice", name)
		}
		names = append(names, name)
	}
	var err error
	if len(names) > 0 {
		if first, err = formats.OneName(names...); err != nil {
			return nil, usagef("--data: %w", err)
		}
	}
	if c.Second != "" {
		if second, err = absolute(c.Second); err != nil {
			return nil, err
		}
	}
	plan, err := study.NewPlan(c.Scale, first, second, c.Set...)
	if err != nil {
		return nil, wrong{err}
	}
	if first != "" && slices.Contains(c.What, study.Animals) {
		return plan, plan.Record()
	}
	return plan, nil
}

// write draws the figures and writes study.md and study.json.
func (c *studyCmd) write(r *study.Report) ([]string, error) {
	all, err := report.Study(r)
	if err != nil {
		return nil, err
	}
	paths, err := report.Save(filepath.Join(c.Out, "figures"), all)
	if err != nil {
		return nil, err
	}
	var pictures []string
	for _, f := range all {
		pictures = append(pictures, "figures/"+f.Name+".png")
	}
	page := filepath.Join(c.Out, "study.md")
	if err := durable.WriteFile(page, r.Markdown(pictures...), 0o644); err != nil {
		return nil, fmt.Errorf("--out: %w", err)
	}
	if err := r.Keep(c.Out); err != nil { // for v1lab report --study
		return nil, err
	}
	return append([]string{page}, paths...), nil
}
