package study

import (
	"math"
	"strconv"

	"v1lab/datasets"
	"v1lab/datasets/simulated"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/features"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/score"
)

// Report is what a study found. Parts that were not asked for are null in JSON, as are numbers that do not exist.
type Report struct {
	Scale       string             `json:"scale"`
	Data        string             `json:"data"`
	Second      string             `json:"second,omitempty"`
	Seeds       int                `json:"seeds"`
	Fits        int                `json:"fits"`
	Seconds     float64            `json:"seconds"` // spent in fits
	Search      *SearchReport      `json:"search"`  // for the plain CNNs
	Performance *PerformanceReport `json:"performance"`
	Efficiency  *EfficiencyReport  `json:"efficiency"`
	Transfer    *TransferReport    `json:"transfer"`
	Clusters    []ClusterRow       `json:"clusters"`
	Note        string             `json:"note,omitempty"` // on the settings
	Sparsity    []SparsityRow      `json:"sparsity"`
	Claims      []Claim            `json:"claims"` // of the paper, as far as the parts tell
}

// Spread is a number over seeds.
type Spread struct {
	Mean   jsonfloat.Float   `json:"mean"`
	SD     jsonfloat.Float   `json:"sd"` // divisor n-1; null for one seed
	Values []jsonfloat.Float `json:"values"`
}

// PerformanceReport is Fig. 2 and Table 1 of the paper.
type PerformanceReport struct {
	Curve []Size         `json:"curve"` // by number of features
	Table compare.Report `json:"table"` // the main model, its controls, plain CNNs
	Best  Histogram      `json:"best"`  // of the main model's fit with the lowest validation loss
}

// Size is an equivariant model of so many features and the plain CNN with as many maps.
type Size struct {
	Features    int         `json:"features"`
	Equivariant compare.Row `json:"equivariant"`
	CNN         compare.Row `json:"cnn"`
}

// Histogram has each neuron's test correlation and ceiling.
type Histogram struct {
	Run     string            `json:"run"`
	Corr    []jsonfloat.Float `json:"corr"`
	Ceiling []jsonfloat.Float `json:"ceiling"`
}

// EfficiencyReport is Fig. 3 of the paper: test correlation over the number of training images.
type EfficiencyReport struct {
	Points []Fewer         `json:"points"` // ascending
	Needs  jsonfloat.Float `json:"needs"`  // share of the images with which the equivariant model predicts as the plain CNN does with all
	Within bool            `json:"within"` // false: Needs lies outside the shares that were fitted and is the nearest of them
}

// Fewer is what both models reach with a share of the training images.
type Fewer struct {
	Share       float64 `json:"share"`
	Images      int     `json:"images"`
	Equivariant Spread  `json:"equivariant"`
	CNN         Spread  `json:"cnn"`
}

// TransferReport says how cores serve neurons that they were not fitted to.
type TransferReport struct {
	Neurons []Dealt         `json:"neurons"` // of the same recording
	Second  []Reused        `json:"second"`  // another recording
	Gain    jsonfloat.Float `json:"gain"`    // how many times the images a fit of everything needs to reach what a kept core does with the fewest
	Within  bool            `json:"within"`  // false: Gain lies outside the shares that were fitted, and is at least this
}

// Dealt is a core that learned from every k-th neuron. Spread is that of the mean test correlation over the neurons.
type Dealt struct {
	Every       int    `json:"every"`
	Learned     int    `json:"learned"`     // neurons the core learned from
	Trained     Spread `json:"trained"`     // of these
	Transferred Spread `json:"transferred"` // of the others
	AllTrained  Spread `json:"all_trained"` // the trained ones where the core learned from all
	AllOthers   Spread `json:"all_others"`  // the others, likewise
}

// Reused is what fits to another recording reach with a share of its training images.
type Reused struct {
	Share  float64 `json:"share"`
	Images int     `json:"images"`
	Kept   Spread  `json:"kept"`  // the readout alone was fitted, the core is that of the first recording
	Whole  Spread  `json:"whole"` // everything was fitted
}

// ClusterRow is how groups of neurons agree with the truth, and from seed to seed, under one condition.
type ClusterRow struct {
	Condition string          `json:"condition"` // what differs from the main fit; empty for itself
	Images    int             `json:"images"`
	Neurons   int             `json:"neurons"`
	Types     int             `json:"types"` // 0 where they are not known
	SNR       jsonfloat.Float `json:"snr"`   // of a simulation
	Corr      Spread          `json:"test_corr"`
	Dead      Spread          `json:"dead"` // neurons without weights, left out of the indices
	Methods   []Agreement     `json:"methods"`
}

// Agreement is that of one method's groups, as adjusted Rand indices.
type Agreement struct {
	Method    string          `json:"method"`
	K         []int           `json:"k"` // by seed
	Truth     Spread          `json:"truth"`
	Stability jsonfloat.Float `json:"stability"` // mean over pairs of seeds; null where they have other neurons
}

// SparsityRow is how a model's neurons use its features.
type SparsityRow struct {
	Model  string `json:"model"`
	Of     int    `json:"of"` // features
	Corr   Spread `json:"test_corr"`
	Clean  Spread `json:"clean"`  // as in Use
	Active Spread `json:"active"` // as in Use
	Shared Spread `json:"shared"` // as in Use
	Dead   Spread `json:"dead"`   // as in Use
}

// spreadOf makes a Spread.
func spreadOf(values []float64) Spread {
	s := Spread{Mean: jsonfloat.Float(score.Mean(values)), SD: jsonfloat.Float(score.SD(values))}
	for _, v := range values {
		s.Values = append(s.Values, jsonfloat.Float(v))
	}
	return s
}

// over makes the Spread of one number of each outcome.
func over(outcomes []*Outcome, f func(*Outcome) float64) Spread {
	var values []float64
	for _, o := range outcomes {
		values = append(values, f(o))
	}
	return spreadOf(values)
}

func testCorr(o *Outcome) float64 { return float64(o.Fit.TestCorr) }

// reporter makes a report.
type reporter struct {
	*Plan
	conditions map[string]Condition
	outcomes   map[string][]*Outcome
}

func (p *Plan) report(conditions []Condition, outcomes map[string][]*Outcome, search *SearchReport, seeds int, parts []string) *Report {
	w := &reporter{p, map[string]Condition{}, outcomes}
	r := &Report{Scale: p.Scale, Data: p.Data, Second: p.Second, Seeds: seeds, Note: p.Note, Search: search}
	for _, c := range conditions {
		w.conditions[c.Name] = c
		for _, o := range outcomes[c.Name] {
			r.Fits++
			r.Seconds += o.Fit.Seconds
		}
	}
	for _, part := range parts {
		switch part {
		case Performance:
			r.Performance = w.performance(seeds)
		case Efficiency:
			r.Efficiency = w.efficiency()
		case Transfer:
			r.Transfer = w.transfer()
		case Clusters:
			r.Clusters = w.clusters()
		case Sparsity:
			r.Sparsity = w.sparsity()
		}
	}
	r.Claims = r.claims()
	return r
}

func (w *reporter) row(name string) compare.Row {
	outcomes := w.outcomes[name]
	var fits []compare.Fit
	for _, o := range outcomes {
		fits = append(fits, o.Fit)
	}
	return compare.RowOf(compare.Model{Name: name, Config: w.conditions[name].Config}, outcomes[0].Maps, fits)
}

func (w *reporter) performance(seeds int) *PerformanceReport {
	r := &PerformanceReport{}
	for _, n := range w.Features {
		r.Curve = append(r.Curve, Size{n, w.row(equivariantName(n)), w.row(cnnName(n))})
	}
	names := []string{equivariantName(w.Main), Positive, Dense, SharedBiases, cnnName(w.Main)}
	for _, maps := range w.CNNs {
		names = append(names, plainName(maps))
	}
	main := w.outcomes[equivariantName(w.Main)]
	r.Table = compare.Report{Data: w.Data, Seeds: seeds, Ceiling: main[0].Ceiling}
	for _, name := range names {
		r.Table.Models = append(r.Table.Models, w.row(name))
	}
	best := r.Table.Models[0].Best.Run
	for _, o := range main {
		if o.Fit.Run == best {
			r.Best = Histogram{best, o.Corr, o.Ceilings}
		}
	}
	return r
}

func (w *reporter) efficiency() *EfficiencyReport {
	r := &EfficiencyReport{}
	var shares, corr []float64
	for _, share := range append(append([]float64{}, w.Shares...), 1) {
		a, b := w.outcomes[imagesOf(equivariantName(w.Main), share)], w.outcomes[imagesOf(cnnName(w.Main), share)]
		f := Fewer{share, a[0].Images, over(a, testCorr), over(b, testCorr)}
		r.Points = append(r.Points, f)
		shares, corr = append(shares, share), append(corr, float64(f.Equivariant.Mean))
	}
	share, within := reach(shares, corr, float64(r.Points[len(r.Points)-1].CNN.Mean))
	r.Needs, r.Within = jsonfloat.Float(share), within
	return r
}

// reach is the share at which a curve reaches a value, interpolated in the logarithm of the share; where it does so outside, the nearest end.
func reach(shares, values []float64, value float64) (share float64, within bool) {
	if values[0] >= value {
		return shares[0], values[0] == value
	}
	for i := 1; i < len(values); i++ {
		if values[i] >= value {
			t := (value - values[i-1]) / (values[i] - values[i-1])
			return shares[i-1] * math.Pow(shares[i]/shares[i-1], t), true
		}
	}
	return shares[len(shares)-1], false
}

func (w *reporter) transfer() *TransferReport {
	r := &TransferReport{}
	main := w.outcomes[equivariantName(w.Main)]
	for _, k := range w.Every {
		// mean over the neurons that the core learned from, or over the others
		mean := func(learned bool) func(*Outcome) float64 {
			return func(o *Outcome) float64 {
				var some []float64
				for n, v := range o.Corr {
					if (n%k == 0) == learned {
						some = append(some, float64(v))
					}
				}
				return score.Mean(some)
			}
		}
		dealt := w.outcomes[transferName(k)]
		r.Neurons = append(r.Neurons, Dealt{
			k, (len(dealt[0].Corr) + k - 1) / k, over(dealt, mean(true)), over(dealt, mean(false)), over(main, mean(true)), over(main, mean(false)),
		})
	}
	if w.Second == "" {
		return r
	}
	var shares, whole []float64
	for _, share := range append(append([]float64{}, w.Shares...), 1) {
		a, b := w.outcomes[imagesOf(keptName, share)], w.outcomes[imagesOf(wholeName, share)]
		f := Reused{share, a[0].Images, over(a, testCorr), over(b, testCorr)}
		r.Second = append(r.Second, f)
		shares, whole = append(shares, share), append(whole, float64(f.Whole.Mean))
	}
	share, within := reach(shares, whole, float64(r.Second[0].Kept.Mean))
	r.Gain, r.Within = jsonfloat.Float(share/shares[0]), within
	return r
}

func (w *reporter) clusters() []ClusterRow {
	all := append([]variation{{Condition: Condition{Name: equivariantName(w.Main)}}}, w.variations()...)
	var rows []ClusterRow
	for _, v := range all {
		outcomes := w.outcomes[v.Name]
		first := outcomes[0]
		row := ClusterRow{Condition: v.what, Images: first.Images, Neurons: len(first.Corr), Types: distinct(first.Types), SNR: snrOf(w.conditions[v.Name].Data), Corr: over(outcomes, testCorr)}
		row.Dead = over(outcomes, func(o *Outcome) float64 { return float64(o.Use.Dead) })
		for _, m := range Methods() {
			if m.Known && row.Types == 0 {
				continue
			}
			a := Agreement{Method: m.Name, Stability: jsonfloat.Float(math.NaN())}
			var sets [][]int
			var truth []float64
			for _, o := range outcomes {
				labels, ok := o.Use.Labels[m.Name]
				if !ok { // too few neurons have weights
					a.K, truth = append(a.K, 0), append(truth, math.NaN())
					continue
				}
				sets = append(sets, labels)
				a.K = append(a.K, distinct(labels))
				ari := math.NaN()
				if row.Types > 0 {
					ari = features.Agreement(labels, o.Types)
				}
				truth = append(truth, ari)
			}
			a.Truth = spreadOf(truth)
			if v.Redrawn == 0 {
				a.Stability = jsonfloat.Float(stability(sets))
			}
			row.Methods = append(row.Methods, a)
		}
		rows = append(rows, row)
	}
	return rows
}

// stability is the mean agreement of all pairs of divisions, NaN of fewer than two.
func stability(sets [][]int) float64 {
	var all []float64
	for i, a := range sets {
		for _, b := range sets[:i] {
			all = append(all, features.Agreement(a, b))
		}
	}
	return score.Mean(all)
}

// snrOf is a simulation's signal-to-noise ratio, NaN for other data.
func snrOf(data string) jsonfloat.Float {
	spec, err := datasets.ParseSpec(data)
	if err != nil || spec.Scheme != "simulated" {
		return jsonfloat.Float(math.NaN())
	}
	if snr, err := strconv.ParseFloat(spec.Options.Get("snr"), 64); err == nil {
		return jsonfloat.Float(snr)
	}
	return jsonfloat.Float(simulated.Default().SNR)
}

func (w *reporter) sparsity() []SparsityRow {
	var rows []SparsityRow
	for _, name := range w.sparse() {
		outcomes := w.outcomes[name]
		use := func(f func(*Use) float64) Spread {
			return over(outcomes, func(o *Outcome) float64 { return f(o.Use) })
		}
		rows = append(rows, SparsityRow{
			Model: name, Of: outcomes[0].Use.Of, Corr: over(outcomes, testCorr),
			Clean:  use(func(u *Use) float64 { return float64(u.Clean) }),
			Active: use(func(u *Use) float64 { return float64(u.Active) }),
			Shared: use(func(u *Use) float64 { return float64(u.Shared) }),
			Dead:   use(func(u *Use) float64 { return float64(u.Dead) }),
		})
	}
	return rows
}
