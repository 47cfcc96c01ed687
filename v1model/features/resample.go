package features

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// How neurons are resampled. Half the starts of Cluster's default suffice: the start that is grown from fewer clusters is added to them.
const (
	splits         = 10
	resampleStarts = 3
)

// Resample judges numbers of clusters by random halves of the neurons. Each half is grouped on its own, the way all were, and its templates then group
// all neurons, so that a comparison is of two groupings by templates that have no neuron in common. It is an error for fewer than two neurons with weights.
func (d *Divisions) Resample() (*Recurrence, error) {
	p := d.population
	live := len(p.live)
	if live < 2 {
		return nil, fmt.Errorf("features: recurrence: found %d neurons with weights; halves need at least 2", live)
	}
	last := max(1, min(len(d.Tried), live/2))
	reference := make([][]int, last)
	for i := range reference {
		reference[i] = pick(d.Tried[i].Labels, p.live)
	}
	comparisons := make([]Comparison, splits)
	valleys := make([]*Valley, last)
	for i := range valleys {
		valleys[i] = &Valley{}
	}
	for i := range comparisons {
		order := rand.New(rand.NewPCG(d.options.Seed, uint64(i)<<32|splits)).Perm(live)
		for side, half := range [][]int{order[:live/2], order[live/2:]} {
			half = slices.Sorted(slices.Values(half))
			for j, part := range d.divide(half, last, resampleStarts, d.options.Seed+uint64(i)) {
				all := partition{labels: make([]int, live), shifts: make([]float64, live), distances: make([]float64, live), templates: part.templates}
				p.space.assign(p.points, &all, make([]complex128, p.space.orders))
				comparisons[i][side] = append(comparisons[i][side], all.labels)
				between := p.space.between(p.points, all, half)
				valleys[j].Middle += between.Middle / splits
				valleys[j].Sides += between.Sides / splits
			}
		}
	}
	for _, v := range valleys {
		v.judge()
	}
	return Recurs(reference, comparisons, valleys)
}
