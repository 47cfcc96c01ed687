package study

import (
	"slices"

	"v1lab/datasets/stats"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/jsonfloat"
)

// Report holds the results of a study. Parts that were not asked for, and numbers that do not exist, are null in JSON.
type Report struct {
	Scale       string             `json:"scale"`            // name of the sizes
	Data        string             `json:"data"`             // name of the recording
	Second      string             `json:"second,omitempty"` // name of the other recording
	Seeds       int                `json:"seeds"`            // of each model
	Fits        int                `json:"fits"`             // how many
	Seconds     float64            `json:"seconds"`          // spent in fits
	Search      *SearchReport      `json:"search"`           // for the plain CNNs
	Performance *PerformanceReport `json:"performance"`
	Efficiency  *EfficiencyReport  `json:"efficiency"`
	Transfer    *TransferReport    `json:"transfer"`
	Clusters    []ClusterRow       `json:"clusters"`
	Animals     []AnimalRow        `json:"animals,omitempty"`      // one core for several
	AnimalsNote string             `json:"animals_note,omitempty"` // what the part assumes of recorded sessions
	Note        string             `json:"note,omitempty"`         // on the settings
	Sparsity    []SparsityRow      `json:"sparsity"`
	Claims      []Claim            `json:"claims"` // of the paper, as far as the parts tell
}

func (p *Plan) report(conditions []Condition, outcomes map[string][]*Outcome, found map[string]*Found, search *SearchReport, seeds int, parts []part) *Report {
	w := &reporter{p, map[string]Condition{}, outcomes, found}
	r := &Report{Scale: p.Scale, Data: p.Data, Second: p.Second, Seeds: seeds, Note: p.Note, Search: search}
	if !slices.ContainsFunc(parts, func(p part) bool { return !p.byName }) {
		r.Data, r.Second = p.Animals, ""
	}
	for _, c := range conditions {
		w.conditions[c.Name] = c
		for _, o := range outcomes[c.Name] {
			r.Fits++
			r.Seconds += o.Fit.Seconds
		}
	}
	for _, part := range parts {
		part.report(w, r)
	}
	r.Claims = r.claims()
	return r
}

// reporter makes a report.
type reporter struct {
	*Plan
	conditions map[string]Condition
	outcomes   map[string][]*Outcome
	found      map[string]*Found // by condition of the clusters
}

func (w *reporter) row(name string) compare.Row {
	outcomes := w.outcomes[name]
	var fits []compare.Fit
	for _, o := range outcomes {
		fits = append(fits, o.Fit)
	}
	return compare.RowOf(compare.Model{Name: name, Config: w.conditions[name].Config}, outcomes[0].Maps, fits)
}

// Spread is a number over seeds.
type Spread struct {
	Mean   jsonfloat.Float   `json:"mean"`   // over seeds
	SD     jsonfloat.Float   `json:"sd"`     // divisor n-1; null for one seed
	Values []jsonfloat.Float `json:"values"` // by seed
}

// spreadOf makes a Spread.
func spreadOf(values []float64) Spread {
	s := Spread{Mean: jsonfloat.Float(stats.Mean(values)), SD: jsonfloat.Float(stats.SD(values))}
	for _, v := range values {
		s.Values = append(s.Values, jsonfloat.Float(v))
	}
	return s
}

// spreadOver makes the Spread of one number of each outcome.
func spreadOver(outcomes []*Outcome, f func(*Outcome) float64) Spread {
	var values []float64
	for _, o := range outcomes {
		values = append(values, f(o))
	}
	return spreadOf(values)
}

func testCorr(o *Outcome) float64 { return float64(o.Fit.TestCorr) }
