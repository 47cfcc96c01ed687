package features

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Recurrence tells which numbers of clusters come back when neurons are grouped again: in another fit, or by templates of half of the neurons.
//
// Two groupings are compared by matching their clusters one to one (see Match). A cluster comes back if the Jaccard index with its partner, neurons in both over neurons in
// either, is BelievedMean or more (Hennig 2007). The number of clusters is that with which most come back:
// the smallest at which less than half a cluster is missing from the most.
// Parts of a continuum come back, too. So at one stable level at least there must be a valley between clusters; else there are none.
type Recurrence struct {
	Levels    []Level // 1, 2, ... clusters
	K         int     // the number with which most clusters come back; 1: no clusters, what neurons compute is one group or a continuum
	Low, High int     // all but a twentieth of the comparisons at either end, judged alone, find a number from Low to High
	Compared  int     // comparisons
}

// Level is one number of clusters.
type Level struct {
	K         int
	Recurring float64   // clusters that come back, mean over comparisons
	Clusters  []float64 // [K] Jaccard index of each cluster of the reference with its partners, mean over all groupings compared
	From      []int     // [K] the cluster of the level before from which most of its neurons come; -1 in the first level
	Valley    *Valley   // whether neurons are few between neighbouring clusters; nil if not known
}

// Stability is the share of clusters that come back.
func (l Level) Stability() float64 { return l.Recurring / float64(l.K) }

// StableShare is the share of clusters that come back at a stable level.
const StableShare = 0.8

// Stable says whether the clusters of a level come back.
func (l Level) Stable() bool { return l.Stability() >= StableShare-1e-12 }

// Separate says whether there are valleys between the clusters, as far as is known.
func (l Level) Separate() bool { return l.Valley == nil || l.Valley.Separate() }

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
	counts := make([][]float64, len(comparisons)) // [comparisons][levels]
	for i, labels := range reference {
		level := Level{K: i + 1, Clusters: make([]float64, i+1), From: origins(labels, reference[max(i-1, 0)], i)}
		if i > 0 && i < len(valleys) {
			level.Valley = valleys[i]
		}
		for j, c := range comparisons {
			for side := range c {
				if len(c[side]) <= i || len(c[side][i]) != len(labels) {
					return nil, fmt.Errorf("features: recurrence: comparison %d has no grouping of %d neurons into %d clusters", j, len(labels), i+1)
				}
				overlaps, err := jaccards(labels, c[side][i], i+1)
				if err != nil {
					return nil, err
				}
				for l, overlap := range overlaps {
					level.Clusters[l] += overlap / float64(2*len(comparisons))
				}
			}
			overlaps, err := jaccards(c[0][i], c[1][i], i+1)
			if err != nil {
				return nil, err
			}
			count := 0.0
			for _, overlap := range overlaps {
				if overlap >= BelievedMean-1e-12 {
					count++
				}
			}
			counts[j] = append(counts[j], count)
			level.Recurring += count / float64(len(comparisons))
		}
		r.Levels = append(r.Levels, level)
	}
	mean, separate := make([]float64, len(reference)), false
	for i, level := range r.Levels {
		mean[i] = level.Recurring
		separate = separate || i > 0 && level.Stable() && level.Separate()
	}
	if separate {
		r.K = most(mean)
	}
	found := make([]float64, len(comparisons))
	for j, count := range counts {
		found[j] = float64(most(count))
	}
	slices.Sort(found)
	r.Low = min(r.K, int(stat.Quantile(0.05, stat.Empirical, found, nil)))
	r.High = max(r.K, int(stat.Quantile(0.95, stat.Empirical, found, nil)))
	return r, nil
}

// most returns the number of clusters with which most come back: the smallest that is less than half a cluster below the most.
func most(recurring []float64) int {
	least := slices.Max(recurring) - 0.5
	return 1 + slices.IndexFunc(recurring, func(count float64) bool { return count > least })
}

// jaccards returns the Jaccard index of each of k clusters of a with its partner in b, over the neurons that have a cluster in both. A single neuron is no cluster.
func jaccards(a, b []int, k int) ([]float64, error) {
	a, b = inBoth(a, b)
	matched, err := Match(a, b)
	if err != nil {
		return nil, err
	}
	both, either := make([]float64, k), make([]float64, k)
	for n, l := range a {
		either[l]++
		if m := matched[n]; m == l {
			both[l]++
		} else if m < k {
			either[m]++
		}
	}
	for l := range both {
		if both[l] < 2 {
			both[l] = 0
		}
		both[l] /= max(either[l], 1)
	}
	return both, nil
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
