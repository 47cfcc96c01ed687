package celltypes

import "v1lab/v1model/jsonfloat"

// Recurrence tells which numbers of clusters come back: over halves of the fits if there are several, else over halves of the neurons. See features.Recurrence.
type Recurrence struct {
	Over     string  `json:"over"`     // "halves of the fits" or "halves of the neurons"
	K        int     `json:"k"`        // the number chosen; 1: no clusters, one group or a continuum
	Low      int     `json:"low"`      // interval for the number: the least
	High     int     `json:"high"`     // and the largest
	Compared int     `json:"compared"` // comparisons
	Levels   []Level `json:"levels"`   // 1, 2, ... clusters
}

// Level is one number of clusters.
type Level struct {
	K         int               `json:"k"`         // number of clusters
	Recurring jsonfloat.Float   `json:"recurring"` // clusters that come back, mean over comparisons
	Stability jsonfloat.Float   `json:"stability"` // their share of the clusters
	Stable    bool              `json:"stable"`    // the share is 0.8 or more
	Clusters  []jsonfloat.Float `json:"clusters"`  // [k] overlap (Jaccard index) of each cluster with its partners, mean
	From      []int             `json:"from"`      // [k] the cluster of the level before from which most of its neurons come; -1: none
	Splits    []int             `json:"splits"`    // clusters of the level before that are cut here
	Valley    *Valley           `json:"valley"`    // null for one cluster
}

// Verdict says in words whether so many clusters are to be had.
func (l Level) Verdict() string {
	switch {
	case l.Valley != nil && !l.Valley.Separate:
		return "no fewer neurons between clusters than beside: a continuum"
	case l.Stable:
		return "stable"
	}
	return "not stable"
}

// Valley counts neurons between neighbouring clusters and beside.
type Valley struct {
	Middle   jsonfloat.Float `json:"middle"`   // neurons half way between neighbours
	Sides    jsonfloat.Float `json:"sides"`    // in an equal width at the emptier neighbour's centre
	P        jsonfloat.Float `json:"p"`        // probability of so few in the middle under a density with one peak
	Separate bool            `json:"separate"` // p is below 0.05
}

// OverFits and OverHalves are what clusters can come back over.
const (
	OverFits   = "halves of the fits"
	OverHalves = "halves of the neurons"
)

// recurrence is the report's form; nil stays nil.
func (a *Analysis) recurrence() *Recurrence {
	r := a.Clustering.Recurrence
	if r == nil {
		return nil
	}
	out := &Recurrence{Over: OverHalves, K: r.K, Low: r.Low, High: r.High, Compared: r.Compared}
	if a.overFits {
		out.Over = OverFits
	}
	for _, l := range r.Levels {
		level := Level{K: l.K, Recurring: jsonfloat.Float(l.Recurring), Stability: jsonfloat.Float(l.Stability()), Stable: l.Stable(), Clusters: floats(l.Clusters), From: l.From, Splits: l.Splits()}
		if v := l.Valley; v != nil {
			level.Valley = &Valley{jsonfloat.Float(v.Middle), jsonfloat.Float(v.Sides), jsonfloat.Float(v.P), v.Separate()}
		}
		out.Levels = append(out.Levels, level)
	}
	return out
}
