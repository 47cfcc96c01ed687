package features

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// ComesBack is the least stability at which clusters count as coming back. Tibshirani and Walther (2005) propose 0.8 to 0.9 without asking for a valley.
const ComesBack = 0.7

// Recurrence tells which numbers of clusters come back when neurons are grouped again: in another fit, or by templates of half of the neurons.
//
// The measure is the prediction strength (Tibshirani and Walther 2005). Of a cluster of one grouping, it is the share of pairs of its neurons that
// another grouping also puts together. A grouping is as strong as its weakest cluster. A cluster of which fewer than two neurons count has no pair and strength 0.
type Recurrence struct {
	Levels    []Level // 1, 2, ... clusters
	K         int     // the largest number that holds; 1: no clusters, what neurons compute is one group or a continuum
	Low, High int     // all but a twentieth of the comparisons at either end, judged alone, find a number from Low to High; for High clusters need no valley
	Compared  int     // comparisons
}

// Level is one number of clusters.
type Level struct {
	K         int
	Stability float64   // strength of the weakest cluster, mean over comparisons, both ways
	Clusters  []float64 // [K] strength of each cluster of the reference, mean over comparisons
	From      []int     // [K] the cluster of the level before from which most of its neurons come; -1 in the first level
	Valley    *Valley   // whether neurons are few between neighbouring clusters; nil if not known
}

// Stable says whether the clusters of a level come back.
func (l Level) Stable() bool { return l.Stability >= ComesBack }

// Holds says whether the clusters of a level come back and, as far as is known, are separate.
func (l Level) Holds() bool { return l.Stable() && (l.Valley == nil || l.Valley.Separate()) }

// Splits lists the clusters of the level before that are cut in two or more.
func (l Level) Splits() []int {
	children := map[int]int{}
	cut := []int{}
	for _, from := range l.From {
		if children[from]++; from >= 0 && children[from] == 2 {
			cut = append(cut, from)
		}
	}
	slices.Sort(cut)
	return cut
}

// Comparison is two groupings of the same neurons into 1, 2, ... clusters: [numbers of clusters][neurons], negative where a neuron has no cluster.
type Comparison [2][][]int

// Recurs judges numbers of clusters by comparisons. The reference, [numbers of clusters][neurons], is the grouping of which single clusters are reported.
// valleys are those of 2 and more clusters, [numbers of clusters], or nil.
func Recurs(reference [][]int, comparisons []Comparison, valleys []*Valley) (*Recurrence, error) {
	if len(reference) == 0 || len(comparisons) == 0 {
		return nil, fmt.Errorf("features: recurrence: found %d numbers of clusters and %d comparisons; at least 1 of each is needed", len(reference), len(comparisons))
	}
	r := &Recurrence{K: 1, Compared: len(comparisons)}
	hold, stable := make([]float64, len(comparisons)), make([]float64, len(comparisons)) // the largest numbers by each comparison alone
	for i, labels := range reference {
		level := Level{K: i + 1, Clusters: make([]float64, i+1), From: origins(labels, reference[max(i-1, 0)], i)}
		if i > 0 && i < len(valleys) {
			level.Valley = valleys[i]
		}
		for j, c := range comparisons {
			alone := Level{Valley: level.Valley}
			for side := range c {
				if len(c[side]) <= i || len(c[side][i]) != len(labels) || len(c[1-side]) <= i || len(c[1-side][i]) != len(labels) {
					return nil, fmt.Errorf("features: recurrence: comparison %d has no grouping of %d neurons into %d clusters", j, len(labels), i+1)
				}
				alone.Stability += slices.Min(strengths(c[side][i], c[1-side][i], i+1)) / 2
				for l, s := range strengths(labels, c[side][i], i+1) {
					level.Clusters[l] += s / float64(2*len(comparisons))
				}
			}
			if i == 0 || alone.Holds() {
				hold[j] = float64(i + 1)
			}
			if i == 0 || alone.Stable() {
				stable[j] = float64(i + 1)
			}
			level.Stability += alone.Stability / float64(len(comparisons))
		}
		if level.Holds() {
			r.K = i + 1
		}
		r.Levels = append(r.Levels, level)
	}
	slices.Sort(hold)
	slices.Sort(stable)
	r.Low = min(r.K, int(stat.Quantile(0.05, stat.Empirical, hold, nil)))
	r.High = max(r.K, int(stat.Quantile(0.95, stat.Empirical, stable, nil)))
	return r, nil
}

// strengths returns the share of pairs of each of k clusters of a that b puts together, over the neurons that have a cluster in both.
func strengths(a, b []int, k int) []float64 {
	shared := make([]map[int]float64, k)
	sizes := make([]float64, k)
	for l := range shared {
		shared[l] = map[int]float64{}
	}
	for n, l := range a {
		if l >= 0 && b[n] >= 0 {
			shared[l][b[n]]++
			sizes[l]++
		}
	}
	out := make([]float64, k)
	for l, size := range sizes {
		if size > 1 {
			out[l] = pairs(shared[l]) / (size * (size - 1) / 2)
		}
	}
	return out
}

// origins returns, for each of k+1 clusters, the cluster before from which most of its neurons come; -1 where there are none before.
func origins(labels, before []int, k int) []int {
	counts := make([][]int, k+1)
	for l := range counts {
		counts[l] = make([]int, max(k, 1))
	}
	for n, l := range labels {
		if l >= 0 && before[n] >= 0 {
			counts[l][before[n]]++
		}
	}
	from := make([]int, k+1)
	for l, c := range counts {
		if most := slices.Max(c); k == 0 || most == 0 {
			from[l] = -1
		} else {
			from[l] = slices.Index(c, most)
		}
	}
	return from
}

// AcrossFits judges numbers of clusters by fits of the same neurons, [fits], each pair of which is a comparison. The first fit is the reference.
// Its halves (see Resample) give the valleys, and widen the interval to what they find themselves.
func AcrossFits(fits []*Divisions) (*Recurrence, error) {
	if len(fits) < 2 {
		return nil, fmt.Errorf("features: recurrence: found %d fits; at least 2 are needed", len(fits))
	}
	halves, err := fits[0].Resample()
	if err != nil {
		return nil, err
	}
	last := len(halves.Levels)
	for _, d := range fits {
		last = min(last, len(d.Tried))
	}
	var valleys []*Valley
	for _, l := range halves.Levels[:last] {
		valleys = append(valleys, l.Valley)
	}
	all := make([][][]int, len(fits))
	var comparisons []Comparison
	for i, d := range fits {
		for _, t := range d.Tried[:last] {
			all[i] = append(all[i], t.Labels)
		}
		for j := range i {
			comparisons = append(comparisons, Comparison{all[j], all[i]})
		}
	}
	r, err := Recurs(all[0], comparisons, valleys)
	if err != nil {
		return nil, err
	}
	r.Low, r.High = min(r.Low, halves.Low), max(r.High, halves.High)
	return r, nil
}
