package features

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// exemplarSample limits the neurons of a cluster of which all pairs are compared.
const exemplarSample = 1000

// Exemplars returns the most typical neurons of each of k clusters: first the medoid, the neuron with the smallest mean aligned distance
// to the others of its cluster, then those with the next smallest, up to count. labels are [neurons], as Clustering's.
// Neurons with a negative label or without weights are left out. Of clusters above 1000 neurons an evenly spaced sample is compared.
func (a *Alignment) Exemplars(labels []int, k, count int) ([][]int, error) {
	if len(labels) != len(a.Shifts) || k < 1 || count < 1 {
		return nil, fmt.Errorf("features: exemplars: found %d labels for %d neurons, %d clusters, %d exemplars of each; one label per neuron and counts from 1 are accepted", len(labels), len(a.Shifts), k, count)
	}
	members := make([][]int, k) // rows, in the order of the neurons
	for i, n := range a.Neurons {
		if l := labels[n]; l >= k {
			return nil, fmt.Errorf("features: exemplars: found label %d at neuron %d; accepted are labels below %d", l, n, k)
		} else if l >= 0 {
			members[l] = append(members[l], i)
		}
	}
	out := make([][]int, k)
	p := a.population
	for j, rows := range members {
		slices.SortFunc(rows, func(x, y int) int { return a.Neurons[x] - a.Neurons[y] })
		if every := (len(rows) + exemplarSample - 1) / exemplarSample; every > 1 {
			kept := rows[:0]
			for i := 0; i < len(rows); i += every {
				kept = append(kept, rows[i])
			}
			rows = kept
		}
		d := p.space.distances(pick(p.points, rows))
		sums := make([]float64, len(rows))
		order := make([]int, len(rows))
		for i := range rows {
			order[i] = i
			for _, v := range d[i*len(rows) : (i+1)*len(rows)] {
				sums[i] += float64(v)
			}
			sums[i] = math.Round(sums[i]*1e6) / 1e6 // so that rounding errors do not order equal neurons
		}
		slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(sums[x], sums[y]) })
		out[j] = []int{}
		for _, i := range order[:min(count, len(order))] {
			out[j] = append(out[j], a.Neurons[rows[i]])
		}
	}
	return out, nil
}
