package prune

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/durable"
	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/fit"
	"v1lab/v1model/fitted"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// Options say what to leave out: one of Features and Loss is set.
type Options struct {
	Features int     // so many are kept
	Loss     float64 // the most that leaving features out may cost, as a share of what the run's validation loss gains on constant rates
	Progress func(features int, p fit.Progress)
}

// Report says what was left out and what it cost.
type Report struct {
	Run      string            `json:"run"`      // the run that was pruned
	Out      string            `json:"out"`      // the new run
	Features int               `json:"features"` // of the run that was pruned
	Kept     []int             `json:"kept"`     // features of that run that were kept, in the order of the new run's
	Shares   []jsonfloat.Float `json:"shares"`   // [features] mean over neurons of the feature's share of a neuron's power
	Loss     jsonfloat.Float   `json:"loss"`     // validation loss of the run that was pruned
	LossNow  jsonfloat.Float   `json:"loss_now"` // of the new run
	Constant jsonfloat.Float   `json:"constant"` // of constant rates
	Cost     jsonfloat.Float   `json:"cost"`     // share of the run's gain on constant rates that was lost; below 0 if the new run is better
	Corr     jsonfloat.Float   `json:"corr"`     // test correlation of the run that was pruned, mean over neurons
	CorrNow  jsonfloat.Float   `json:"corr_now"` // of the new run
	Steps    int               `json:"steps"`    // of the new run's fit
	Tried    []Trial           `json:"tried"`    // fits that were made, in their order
}

// Trial is a fit with some of the features.
type Trial struct {
	Features int             `json:"features"`
	Loss     jsonfloat.Float `json:"loss"` // validation loss
	Cost     jsonfloat.Float `json:"cost"` // as Report.Cost
}

// Order lists features by what neurons need them for: decreasing mean share of power, equals in their own order. Neurons without weights do not count.
// shares are the means.
func Order(run *fitted.Run) (order []int, shares []float64, err error) {
	p, err := run.Power()
	if err != nil {
		return nil, nil, err
	}
	shares, living := make([]float64, p.Features), 0
	for n, group := range p.Group() {
		if group < 0 {
			continue
		}
		living++
		for f, v := range p.At(n) {
			shares[f] += float64(v)
		}
	}
	if living == 0 {
		return nil, nil, fmt.Errorf("run %s: no neuron has readout weights, so no feature is needed; accepted: a run with some", run.Path)
	}
	for f := range shares {
		shares[f] /= float64(living)
		order = append(order, f)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(shares[b], shares[a]) })
	return order, shares, nil
}

// Prune makes the run folder out, which must not exist. It appears whole or, if an error or the end of ctx stops the fit, not at all. With Options.Loss, fits with
// several numbers of features look for the fewest that are good enough.
func Prune(ctx context.Context, run *fitted.Run, out string, o Options) (*Report, error) {
	p, err := newPruning(ctx, run, o)
	if err != nil {
		return nil, err
	}
	all := len(p.report.Shares)
	if all == 1 {
		return nil, fmt.Errorf("run %s: it has 1 feature, and none can be left out", run.Path)
	}
	if o.Features != 0 && (o.Features < 1 || o.Features >= all) {
		return nil, fmt.Errorf("run %s: %d features to keep, of %d; accepted: 1 to %d", run.Path, o.Features, all, all-1)
	}
	parent := filepath.Dir(out)
	if err := durable.MkdirAll(parent, 0o777); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	if p.workshop, err = durable.MkdirTemp(parent, ".v1lab-prune-", 0o700); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	defer durable.RemoveAll(p.workshop) //nolint:errcheck // hidden leftovers
	path := ""
	if o.Features != 0 {
		path, err = p.fit(o.Features)
	} else {
		path, err = p.search(all)
	}
	if err != nil {
		return nil, err
	}
	if err := durable.Rename(path, out); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	return p.finish(out)
}

// pruning is work in progress.
type pruning struct {
	ctx      context.Context
	run      *fitted.Run
	data     *datasets.Dataset
	options  Options
	order    []int // features, the most needed first
	model    *v1model.Model
	values   weights.Values
	workshop string // folder of the fits
	report   Report
}

func newPruning(ctx context.Context, run *fitted.Run, o Options) (*pruning, error) {
	p := &pruning{ctx: ctx, run: run, options: o}
	var err error
	if p.data, err = run.Recording(); err != nil {
		return nil, err
	}
	if p.model, p.values, err = run.Fitted(); err != nil {
		return nil, err
	}
	if _, err := core.Need[core.Prunable](p.model.Core, run.Config.Core.Kind, "leaving features out"); err != nil {
		return nil, err
	}
	var shares []float64
	if p.order, shares, err = Order(run); err != nil {
		return nil, err
	}
	before, err := run.Scores(ctx)
	if err != nil {
		return nil, err
	}
	p.report = Report{Run: run.Path, Features: len(shares), Loss: before.ValLoss, Constant: before.ConstantLoss, Corr: before.TestCorr}
	for _, s := range shares {
		p.report.Shares = append(p.report.Shares, jsonfloat.Float(s))
	}
	if o.Loss != 0 && !(before.ConstantLoss > before.ValLoss) {
		return nil, fmt.Errorf("run %s: found a validation loss of %g, and %g of constant rates: nothing was gained of which some could be lost; accepted: a number of features", run.Path, before.ValLoss, before.ConstantLoss)
	}
	return p, nil
}

// search looks for the fewest features at an accepted cost, by bisection: the cost is taken to fall with their number.
func (p *pruning) search(all int) (best string, err error) {
	few, enough := 0, all
	for enough-few > 1 {
		n := (few + enough) / 2
		path, err := p.fit(n)
		if err != nil {
			return "", err
		}
		if float64(p.report.Tried[len(p.report.Tried)-1].Cost) <= p.options.Loss {
			enough, best = n, path
		} else {
			few = n
		}
	}
	if best == "" {
		last := p.report.Tried[len(p.report.Tried)-1]
		return "", fmt.Errorf("run %s: leaving out 1 of %d features costs %.3g %% of what the run gains on constant rates; accepted here: at most %.3g %%", p.run.Path, all, 100*float64(last.Cost), 100*p.options.Loss)
	}
	return best, nil
}

// fit fits the readout with so many features and returns the run folder.
func (p *pruning) fit(n int) (path string, err error) {
	keep := slices.Sorted(slices.Values(p.order[:n]))
	backend, err := p.run.Backend(p.ctx)
	if err != nil {
		return "", err
	}
	config := p.run.Config.WithCore(nil)
	config.Fit.CoreRate, config.Core.Frozen = 0, false
	config.Readout.Types = readout.Types{} // they are of all features
	start, err := p.readout(keep)
	if err != nil {
		return "", err
	}
	options := fit.Options{CoreFrom: p.run.Folder, CoreFeatures: keep, Start: start}
	if p.options.Progress != nil {
		options.Progress = func(now fit.Progress) { p.options.Progress(n, now) }
	}
	path = filepath.Join(p.workshop, fmt.Sprint(n))
	result, _, err := fit.Run(p.ctx, backend, p.data, config, path, options)
	if errors.Is(err, fit.ErrInterrupted) {
		return "", fmt.Errorf("interrupted while fitting the readout of %d features; nothing was kept", n)
	}
	if err != nil {
		return "", err
	}
	p.report.Tried = append(p.report.Tried, Trial{n, result.ValLoss, p.cost(result.ValLoss)})
	return path, nil
}

// cost is the share of the run's gain on constant rates that another validation loss has lost.
func (p *pruning) cost(loss jsonfloat.Float) jsonfloat.Float {
	gain := p.report.Constant - p.report.Loss
	if !(gain > 0) {
		return jsonfloat.Float(math.NaN())
	}
	return (loss - p.report.Loss) / gain
}

// readout returns the run's variables beside the core's, for some of the features.
func (p *pruning) readout(keep []int) (weights.Values, error) {
	_, _, channels := p.model.Core.OutputShape()
	features := len(p.report.Shares)
	of := core.Channels(keep, features, channels/features)
	config := p.model.Config
	config.Readout.Types = readout.Types{}
	config.Core.Features, config.Core.Evaluation = slices.Clone(config.Core.Features), nil
	config.Core.Features[len(config.Core.Features)-1] = len(keep)
	fewer, err := v1model.New(config, p.model.Shape)
	if err != nil {
		return nil, err
	}
	along, err := weights.Spans(p.model.Readout.Specs(), fewer.Readout.Specs(), channels, len(of))
	if err != nil {
		return nil, fmt.Errorf("readout.kind: %q cannot do without some of the core's channels: %w", config.Readout.Kind, err)
	}
	start := weights.Values{}
	picked := p.values.Pick(along, of)
	for _, s := range fewer.Specs()[len(p.model.Core.Specs()):] {
		if s.Name != readout.NoiseState { // drawn anew
			start[s.Name] = picked[s.Name]
		}
	}
	return start, nil
}

// finish scores the new run.
func (p *pruning) finish(out string) (*Report, error) {
	backend, err := p.run.Backend(p.ctx)
	if err != nil {
		return nil, err
	}
	run, err := fitted.Open(p.ctx, out, fitted.Options{Device: fitted.On(backend), Recordings: fitted.WithRecording(p.data)})
	if err != nil {
		return nil, err
	}
	defer run.Close() //nolint:errcheck // frees memory only
	after, err := run.Scores(p.ctx)
	if err != nil {
		return nil, err
	}
	result, _, err := run.Result()
	if err != nil {
		return nil, err
	}
	r := &p.report
	r.Out, r.Kept, r.LossNow, r.CorrNow, r.Steps = out, run.Config.Fit.CoreFrom.Features, after.ValLoss, after.TestCorr, result.Steps
	r.Cost = p.cost(after.ValLoss)
	return r, nil
}
