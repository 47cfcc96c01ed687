package features

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// ContinuumLevel is the probability under one peak below which neighbouring clusters count as separate.
const ContinuumLevel = 0.05

// Valley tells whether neurons are fewer between neighbouring clusters than at their centres. Clusters that a grouping cuts out of a continuum have no valley.
//
// Each cluster is compared with its nearest one. Their neurons lie on the line between the two templates, at the difference of their squared
// distances to both. The line has three windows of equal width: at the median of either side, and half way between them. Where a density has one peak, the middle window holds
// at least as many neurons as the emptier of the others. Templates are made from half of the neurons and the other half is counted: templates follow the noise of their own neurons, which would make a valley of it.
type Valley struct {
	Middle float64 // neurons in the middle windows, over all pairs of neighbours
	Sides  float64 // in the emptier of the two windows beside each
	P      float64 // probability of so few in the middle if they were as many as beside it (binomial)
}

// Separate says whether there is a valley.
func (v Valley) Separate() bool { return v.P < ContinuumLevel }

// judge computes P from the counts.
func (v *Valley) judge() {
	v.P = 1
	if n := math.Round(v.Middle) + math.Round(v.Sides); n > 0 {
		v.P = distuv.Binomial{N: n, P: 0.5}.CDF(math.Round(v.Middle))
	}
}

// between counts the points outside of half, which made the templates, between each template and its nearest one.
func (s *space) between(points []point, run partition, half []int) Valley {
	var v Valley
	scratch := make([]complex128, s.orders)
	squared := func(x, t point) float64 {
		_, product, _ := s.align(x, t, math.Inf(-1), scratch)
		return max(lengthSquared(x)+lengthSquared(t)-2*product, 0)
	}
	done := map[[2]int]bool{}
	for i, t := range run.templates {
		nearest, least := -1, math.Inf(1)
		for j, u := range run.templates {
			if d := squared(t, u); j != i && d < least {
				nearest, least = j, d
			}
		}
		pair := [2]int{min(i, nearest), max(i, nearest)}
		if nearest < 0 || done[pair] {
			continue
		}
		done[pair] = true
		var sides [2][]float64
		for n, x := range points {
			if _, own := slices.BinarySearch(half, n); own || run.labels[n] != i && run.labels[n] != nearest {
				continue
			}
			at := squared(x, run.templates[nearest]) - squared(x, t)
			if at < 0 {
				sides[0] = append(sides[0], at)
			} else {
				sides[1] = append(sides[1], at)
			}
		}
		if len(sides[0]) == 0 || len(sides[1]) == 0 {
			continue
		}
		slices.Sort(sides[0])
		slices.Sort(sides[1])
		low, high := sides[0][len(sides[0])/2], sides[1][len(sides[1])/2]
		in := func(centre float64) (count float64) {
			for _, at := range slices.Concat(sides[0], sides[1]) {
				if math.Abs(at-centre) <= (high-low)/6 {
					count++
				}
			}
			return count
		}
		v.Middle += in((low + high) / 2)
		v.Sides += min(in(low), in(high))
	}
	return v
}
