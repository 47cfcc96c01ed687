package study

import (
	"fmt"
	"math"
	"strings"

	"v1lab/v1model/features"
	"v1lab/v1model/jsonfloat"
)

// Found is the number of clusters that stability finds under one condition, and what a consensus of the fits gives. Clusters are joint ones, as `v1lab cluster`
// makes by default.
type Found struct {
	Fits      int             `json:"fits"`       // fits that are compared
	Halves    []int           `json:"halves"`     // by seed: number that comes back in halves of the neurons; 1: no clusters
	Intervals [][2]int        `json:"intervals"`  // by seed: from halves
	HalvesARI Spread          `json:"halves_ari"` // adjusted Rand index with the true types; null where they are not known
	Together  *FoundTogether  `json:"together"`   // over fits; null where they have other neurons, and for one fit
	BestARI   jsonfloat.Float `json:"best_ari"`   // of the fit that agrees best with the truth, its number chosen by the silhouette, by halves or over fits
}

// FoundTogether is what several fits of the same neurons find.
type FoundTogether struct {
	K         int             `json:"k"`         // number of clusters that come back over halves of the fits; 1: no clusters
	Low       int             `json:"low"`       // interval for the number: the least
	High      int             `json:"high"`      // and the largest
	Consensus jsonfloat.Float `json:"consensus"` // adjusted Rand index of the consensus with the true types; neurons that belong to no cluster do not count
	Clusters  int             `json:"clusters"`  // of the consensus
	None      jsonfloat.Float `json:"none"`      // share of the neurons with weights that belong to no cluster of the consensus
	Fits      Spread          `json:"fits"`      // adjusted Rand index of single fits, with as many clusters, with the true types
	Stability jsonfloat.Float `json:"stability"` // of these, adjusted Rand index between fits, mean over pairs
	Chosen    jsonfloat.Float `json:"chosen"`    // adjusted Rand index of the fit with the lowest validation loss, its number chosen by halves of its neurons
}

// foundIn judges the numbers of clusters of some fits, nil if too few neurons have weights in one. same: the fits have the same neurons.
func foundIn(outcomes []*Outcome, same bool) (*Found, error) {
	f := &Found{Fits: len(outcomes), BestARI: jsonfloat.Float(math.NaN())}
	var truth []float64
	agreement := func(o *Outcome, labels []int) float64 {
		if distinct(o.Types) < 2 {
			return math.NaN()
		}
		ari := features.Agreement(labels, o.Types)
		if !(float64(f.BestARI) >= ari) {
			f.BestARI = jsonfloat.Float(ari)
		}
		return ari
	}
	chosen := 0 // by validation loss
	for i, o := range outcomes {
		h := o.Use.Halves
		if h == nil {
			return nil, nil //nolint:nilnil // there is nothing to find
		}
		f.Halves, f.Intervals = append(f.Halves, h.K), append(f.Intervals, [2]int{h.Low, h.High})
		truth = append(truth, agreement(o, o.Use.Tried[h.K-1]))
		agreement(o, o.Use.Labels["joint"])
		if o.Fit.ValLoss < outcomes[chosen].Fit.ValLoss {
			chosen = i
		}
	}
	f.HalvesARI = spreadOf(truth)
	if !same || len(outcomes) < 2 {
		return f, nil
	}
	var fits []features.Fit
	for _, o := range outcomes {
		fit, err := o.Use.Fit.fit()
		if err != nil {
			return nil, err
		}
		fits = append(fits, fit)
	}
	joint, err := features.DivideJointly(fits, features.Options{By: features.Recurring})
	if err != nil {
		return nil, err
	}
	r, err := joint.Recurrence()
	if err != nil {
		return nil, err
	}
	c, err := joint.Consensus(r.K)
	if err != nil {
		return nil, err
	}
	t := &FoundTogether{K: r.K, Low: r.Low, High: r.High, Clusters: c.K, Consensus: jsonfloat.Float(math.NaN()), None: jsonfloat.Float(noneOf(c)), Chosen: jsonfloat.Float(truth[chosen])}
	if distinct(outcomes[0].Types) > 1 {
		t.Consensus = jsonfloat.Float(features.Agreement(c.Labels, outcomes[0].Types))
	}
	var sets [][]int
	truth = nil
	for _, o := range outcomes {
		sets = append(sets, o.Use.Tried[min(r.K, len(o.Use.Tried))-1])
		truth = append(truth, agreement(o, sets[len(sets)-1]))
	}
	t.Fits, t.Stability = spreadOf(truth), jsonfloat.Float(stability(sets))
	f.Together = t
	return f, nil
}

// noneOf is the share of the neurons with votes that belong to no cluster.
func noneOf(c features.Consensus) float64 {
	votes := 0
	for _, v := range c.Votes {
		if v > 0 {
			votes++
		}
	}
	return float64(len(c.None())) / float64(votes)
}

func foundTables(rows []ClusterRow) []Table {
	t := Table{
		Title: "The number of groups, and a consensus",
		Note: "Joint groups. Their number is chosen by the silhouette, by what comes back in halves of the neurons of one fit, or by what comes back in halves of the fits; 1 says that there are no groups. In square brackets the number of each seed or the interval for it. " +
			"Adjusted Rand indices with the true types, mean over single fits up to the column of halves. Consensus: groups by all fits together, with the number that comes back in halves of the fits; in round brackets the share of the neurons that it puts in no group. " +
			"Beside it the fit that one would choose, that with the lowest validation loss, its number by halves of its neurons; and the fit and the way to choose the number that agree best with the truth, which nobody knows without it. " +
			"Hard conditions have more seeds. With a share of the images each seed has other images, so that a consensus knows more of them than a fit.",
		Header: []string{"condition", "images", "neurons", "types", "SNR", "fits", "k known", "silhouette", "halves", "consensus", "fit of the lowest loss", "best by the truth", "number by halves", "number of the consensus"},
	}
	for _, row := range rows {
		f := row.Found
		if f == nil {
			continue
		}
		known, silhouette := row.method("joint-k"), row.method("joint")
		cells := []string{titleOfChange(row, rows[0]), fmt.Sprint(row.Images), fmt.Sprint(row.Neurons), typesOf(row), snrText(row), fmt.Sprint(f.Fits)}
		cells = append(cells, spreadText(known.Truth, row), spreadText(silhouette.Truth, row), spreadText(f.HalvesARI, row))
		if together := f.Together; together != nil {
			cells = append(cells, fmt.Sprintf("%s (%s)", digits(float64(together.Consensus)), wholePercent(together.None)), digits(float64(together.Chosen)), digits(float64(f.BestARI)),
				numbers(f.Halves), fmt.Sprintf("%d [%d to %d]", together.K, together.Low, together.High))
		} else {
			none := digits(math.NaN())
			cells = append(cells, none, none, digits(float64(f.BestARI)), numbers(f.Halves), none)
		}
		t.Rows = append(t.Rows, cells)
	}
	if len(t.Rows) == 0 {
		return nil
	}
	return []Table{t}
}

// method returns a method's agreement, an empty one if it was left out.
func (r ClusterRow) method(name string) Agreement {
	for _, m := range r.Methods {
		if m.Method == name {
			return m
		}
	}
	return Agreement{}
}

// known tells whether there are true types to find.
func (r ClusterRow) known() bool { return r.Types > 1 }

// spreadText writes an index, a dash where there are no types.
func spreadText(s Spread, row ClusterRow) string {
	if !row.known() {
		return digits(math.NaN())
	}
	return s.String()
}

// typesOf writes the number of types.
func typesOf(row ClusterRow) string {
	if row.Change == ByNoTypes {
		return "none"
	}
	return fmt.Sprint(row.Types)
}

func snrText(row ClusterRow) string {
	if row.SNR != row.SNR {
		return digits(math.NaN())
	}
	return fmt.Sprintf("%g", float64(row.SNR))
}

func numbers(k []int) string { return strings.ReplaceAll(fmt.Sprint(k), " ", ", ") }
