package sessions

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/datasets/stats"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/ridge"
	"v1lab/v1model/score"
)

// Run makes all fits of the plan, one recording after the other, and hands over a report whenever those of a recording are over; the last is that of all.
//
// If ctx ends, the current fit is saved and fit.ErrInterrupted returned. The same call continues.
func (p *Plan) Run(ctx context.Context, backend compute.Backend, watch grid.Watch, each func(*Report) error) error {
	if err := p.check(); err != nil {
		return err
	}
	all, err := p.open()
	if err != nil {
		return err
	}
	var joints []*joint
	for _, members := range sharedSets(all) {
		j, err := join(all, members, p.Dir)
		if err != nil {
			return err
		}
		joints = append(joints, j)
	}
	w := &running{plan: p, backend: backend, watch: watch, all: p.fitsOfModel() * (len(all)*len(p.Models) + len(joints))}
	r := &Report{Search: p.Search, Seeds: p.Seeds, Recordings: []Row{}, Joint: []JointRow{}}
	for _, m := range p.Models {
		r.Models = append(r.Models, m.Name)
	}
	hand := func() error {
		r.Fits, r.Seconds, r.Left = w.fits, w.seconds, w.all-w.fits
		return each(r)
	}
	alone := make([]prediction, len(all)) // of the first model
	for i, rec := range all {
		row, first, err := w.row(ctx, rec)
		if err != nil {
			return err
		}
		alone[i] = first
		r.Recordings = append(r.Recordings, row)
		if err := hand(); err != nil {
			return err
		}
	}
	for _, j := range joints {
		row, err := w.jointRow(ctx, all, j, alone)
		if err != nil {
			return err
		}
		r.Joint = append(r.Joint, row)
		if err := hand(); err != nil {
			return err
		}
	}
	return nil
}

// running is a plan that runs.
type running struct {
	plan      *Plan
	backend   compute.Backend
	watch     grid.Watch
	all, fits int
	seconds   float64
}

// row makes the fits of one recording. first is what the first model predicts.
func (w *running) row(ctx context.Context, rec recording) (row Row, first prediction, err error) {
	d := rec.data
	row = Row{
		Name: rec.name, Data: d.Spec, Neurons: d.NumNeurons(), Train: d.Train.Images.N, Val: d.Val.Images.N, Test: d.Test.Images.N,
		Leaks: datasets.DescribeLeaks(d, datasets.Leaks(d)),
	}
	var models []prediction
	for _, m := range w.plan.Models {
		s, predicted, err := w.model(ctx, rec, m)
		if err != nil {
			return row, first, err
		}
		row.Models, models = append(row.Models, s), append(models, predicted)
	}
	baseline, err := ridge.Run(d)
	if err != nil {
		return row, first, fmt.Errorf("data %q: %w", d.Spec, err)
	}
	models = append(models, prediction{"ridge", []datasets.Responses{baseline.Test}})
	target, err := score.Average(d.Test.Responses)
	if err != nil {
		return row, first, err
	}
	ceiling, from, err := ceilingOf(d)
	if err != nil {
		return row, first, err
	}
	row.Ceiling, row.CeilingOf = number(stats.Mean(ceiling)), from
	estimates, differences := spread(target, models)
	fraction := func(k int) jsonfloat.Float { return fractionOf(models[k], target, ceiling) }
	for k := range row.Models {
		row.Models[k].Corr, row.Models[k].FractionOfCeiling = estimates[k], fraction(k)
	}
	last := len(models) - 1
	row.Ridge = Baseline{Strength: baseline.Strength, AtEdge: baseline.AtEdge, Corr: estimates[last], FractionOfCeiling: fraction(last)}
	row.Differences = differences
	return row, models[0], nil
}

// model makes the fits of one model to a recording: one for each value of the search with the first seed, and those with the other seeds with the best.
func (w *running) model(ctx context.Context, rec recording, m compare.Model) (Score, prediction, error) {
	s := Score{Name: m.Name, Preset: m.Config.Preset, Sparsity: m.Config.Readout.Sparsity}
	conditions := w.plan.conditions(m, rec.data)
	first, err := w.grid(ctx, rec, conditions, 1)
	if err != nil {
		return s, prediction{}, err
	}
	best := -1
	for k, c := range conditions {
		f := first[c.Name][0].Fit
		if len(w.plan.Search) > 0 {
			s.Search = append(s.Search, Tried{w.plan.Search[k], f})
		}
		if f.Diverged == "" && (best < 0 || f.ValLoss < first[conditions[best].Name][0].Fit.ValLoss) {
			best = k
		}
	}
	if best < 0 {
		return s, prediction{}, fmt.Errorf("%s, %s: all fits diverged; the first: %s", rec.name, m.Name, first[conditions[0].Name][0].Fit.Diverged)
	}
	if len(w.plan.Search) > 0 {
		s.Sparsity = w.plan.Search[best]
		s.AtEdge = len(w.plan.Search) > 1 && (s.Sparsity == slices.Min(w.plan.Search) || s.Sparsity == slices.Max(w.plan.Search))
	}
	outcomes := first[conditions[best].Name]
	if w.plan.Seeds > 1 {
		more, err := w.grid(ctx, rec, conditions[best:best+1], w.plan.Seeds)
		if err != nil {
			return s, prediction{}, err
		}
		outcomes = more[conditions[best].Name]
		w.fits-- // that with the first seed was counted before
		w.seconds -= outcomes[0].Fit.Seconds
	}
	predicted := prediction{name: m.Name}
	test := rec.data.Test.Responses
	for _, o := range outcomes {
		s.Fits = append(s.Fits, o.Fit)
		if o.Fit.Diverged == "" {
			predicted.rates = append(predicted.rates, datasets.Responses{N: test.N, Neurons: test.Neurons, Values: o.Rates})
		}
	}
	return s, predicted, nil
}

// grid makes fits to a recording and returns what is known of them, by condition and seed.
func (w *running) grid(ctx context.Context, rec recording, conditions []grid.Condition, seeds int) (map[string][]*outcome, error) {
	before := w.fits
	watch := w.watch
	if seeds > 1 {
		before-- // the first seed is read again
		watch.Started = nil
		if started := w.watch.Started; started != nil {
			watch.Started = func(s grid.Step) {
				if s.Number > 1 {
					s.Number, s.All = s.Number+before, w.all
					started(s)
				}
			}
		}
	} else if started := w.watch.Started; started != nil {
		watch.Started = func(s grid.Step) {
			s.Number, s.All = s.Number+before, w.all
			started(s)
		}
	}
	outcomes := map[string][]*outcome{}
	add := func(name string, o *outcome) {
		outcomes[name] = append(outcomes[name], o)
		w.fits++
		w.seconds += o.Fit.Seconds
	}
	g := grid.Grid{
		Dir: filepath.Join(w.plan.Dir, rec.name), Seeds: seeds, Conditions: conditions, Watch: watch,
		Open: func(string) (*datasets.Dataset, error) { return rec.data, nil },
	}
	g.Diverged = func(d grid.Done, err error) {
		none := number(math.NaN())
		add(d.Name, &outcome{Fit: compare.Fit{Seed: d.Run.Config.Fit.Seed, Run: d.Run.Path, ValLoss: none, TestCorr: none, FractionOfCeiling: none, Diverged: err.Error()}})
	}
	err := g.Run(ctx, w.backend, func(d grid.Done) error {
		path := filepath.Join(w.plan.Dir, "scores", rec.name, filepath.Base(d.Run.Path)+".json")
		o, err := outcomeOf(ctx, w.backend, path, d, rec.data)
		if err == nil {
			add(d.Name, o)
		}
		return err
	})
	return outcomes, err
}

// jointRow makes the fits of the joint core. alone is what the first model predicts of each recording when it is fitted to that alone.
func (w *running) jointRow(ctx context.Context, all []recording, j *joint, alone []prediction) (JointRow, error) {
	row := JointRow{Name: j.name, Data: j.data.Spec, Train: j.trained, Of: j.of}
	s, together, err := w.model(ctx, j.recording, w.plan.Models[0])
	if err != nil {
		return row, err
	}
	target, err := score.Average(j.data.Test.Responses)
	if err != nil {
		return row, err
	}
	estimates, _ := spread(target, []prediction{together})
	s.Corr, s.FractionOfCeiling = estimates[0], number(math.NaN())
	row.Score = s
	for _, k := range j.members {
		image, neuron := j.member(all, k)
		d := all[k].data
		some := prediction{name: "joint"}
		for _, r := range together.rates {
			some.rates = append(some.rates, cut(r, image, d.Test.Images.N, neuron, d.NumNeurons()))
		}
		target, err := score.Average(d.Test.Responses)
		if err != nil {
			return row, err
		}
		estimates, differences := spread(target, []prediction{some, alone[k]})
		row.Recordings = append(row.Recordings, JointMember{all[k].name, estimates[0], estimates[1], differences[0]})
	}
	return row, nil
}

// fractionOf is a model's share of the ceiling, its correlations being means over seeds.
func fractionOf(m prediction, target datasets.Responses, ceiling []float64) jsonfloat.Float {
	weights := slices.Repeat([]float64{1}, target.N)
	mean := make([]float64, target.Neurons)
	for _, rates := range m.rates {
		for j, c := range weighted(rates, target, weights) {
			mean[j] += c / float64(len(m.rates))
		}
	}
	fraction, err := score.FractionOfCeiling(mean, ceiling)
	if err != nil {
		return number(math.NaN()) // both have one number for each neuron
	}
	return number(fraction)
}
