package features

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

const maxIterations = 100

// partition is the result of one run of k-means over points that may be shifted.
type partition struct {
	labels    []int
	shifts    []float64 // from the template to the point
	distances []float64 // squared, to the point's template
	templates []point
	objective float64 // sum of squared distances
}

// partitionsUpTo returns partitions into 1, 2, ... last clusters, each the best of several starts.
func (s *space) partitionsUpTo(points []point, last, restarts int, seed uint64) []partition {
	best := make([]partition, 0, last)
	for k := 1; k <= last; k++ {
		var grown []point // a start from the partition with one cluster fewer
		starts := restarts
		if k > 1 {
			grown = s.addTemplate(points, best[k-2], rand.New(rand.NewPCG(seed, uint64(k)<<32|uint64(restarts))))
			starts++
		}
		runs := make([]partition, starts)
		parallel(starts, func(i int) {
			start := grown
			if i < restarts {
				start = s.initialTemplates(points, k, rand.New(rand.NewPCG(seed, uint64(k)<<32|uint64(i))))
			}
			runs[i] = s.kmeans(points, start)
		})
		best = append(best, slices.MinFunc(runs, func(a, b partition) int { return cmp.Compare(a.objective, b.objective) }))
	}
	return best
}

// kmeans alternates two steps: align each point with its nearest template, then average the points after shifting them back.
// All points have unit length.
func (s *space) kmeans(points, start []point) partition {
	p := partition{
		labels: make([]int, len(points)), shifts: make([]float64, len(points)), distances: make([]float64, len(points)),
		templates: slices.Clone(start),
	}
	scratch := make([]complex128, s.orders)
	previous := math.Inf(1)
	for range maxIterations {
		changed := s.assign(points, &p, scratch)
		if s.refillEmpty(points, &p) {
			previous = math.Inf(1)
		} else if !changed && previous-p.objective <= 1e-6*previous {
			break
		} else {
			previous = p.objective
		}
		s.average(points, &p)
	}
	return p
}

// initialTemplates picks starting templates by k-means++: points far from those already picked are likelier. Of several candidates
// the one that lowers the objective most is taken, so that a small group is not missed.
func (s *space) initialTemplates(points []point, k int, rng *rand.Rand) []point {
	templates := []point{points[rng.IntN(len(points))]}
	nearest := make([]float64, len(points))
	for i := range nearest {
		nearest[i] = math.Inf(1)
	}
	total := s.nearestWith(points, templates[0], nearest, nearest)
	candidates := 2 + int(math.Log(float64(k)))
	try, best := make([]float64, len(points)), make([]float64, len(points))
	for len(templates) < k {
		bestTotal, chosen := math.Inf(1), 0
		for range candidates {
			i, left := 0, rng.Float64()*total
			for ; i < len(points)-1 && left >= nearest[i]; i++ {
				left -= nearest[i]
			}
			if t := s.nearestWith(points, points[i], nearest, try); t < bestTotal {
				bestTotal, chosen = t, i
				try, best = best, try
			}
		}
		templates = append(templates, points[chosen])
		nearest, best = best, nearest
		total = bestTotal
	}
	return templates
}

// addTemplate adds to a partition's templates the point that would lower the objective most; of large populations it tries a sample. Random starts
// tend to cut a large group in two before they find a small one; this start finds it.
func (s *space) addTemplate(points []point, p partition, rng *rand.Rand) []point {
	const sample = 200
	candidates := rng.Perm(len(points))
	candidates = candidates[:min(sample, len(candidates))]
	totals := make([]float64, len(candidates))
	parallel(len(candidates), func(i int) {
		totals[i] = s.nearestWith(points, points[candidates[i]], p.distances, make([]float64, len(points)))
	})
	best := slices.Index(totals, slices.Min(totals))
	return append(slices.Clone(p.templates), points[candidates[best]])
}

// nearestWith writes min(nearest, squared distance to t) into out and returns the sum.
func (s *space) nearestWith(points []point, t point, nearest, out []float64) float64 {
	scratch := make([]complex128, s.orders)
	sum := 0.0
	for i, x := range points {
		out[i] = nearest[i]
		if _, g, ok := s.align(x, t, 1-nearest[i]/2, scratch); ok {
			out[i] = min(nearest[i], max(2-2*g, 0))
		}
		sum += out[i]
	}
	return sum
}

// assign moves each point to its nearest template and says whether any point moved.
func (s *space) assign(points []point, p *partition, scratch []complex128) (changed bool) {
	lengths := make([]float64, len(p.templates))
	for j, t := range p.templates {
		lengths[j] = lengthSquared(t)
	}
	p.objective = 0
	for i, x := range points {
		best, distance, shift := -1, math.Inf(1), 0.0
		for off := range p.templates {
			j := (p.labels[i] + off) % len(p.templates) // the old template first: it rules out most others
			angle, g, ok := s.align(x, p.templates[j], (1+lengths[j]-distance)/2, scratch)
			if d := max(1+lengths[j]-2*g, 0); ok && d < distance {
				best, distance, shift = j, d, angle
			}
		}
		changed = changed || best != p.labels[i]
		p.labels[i], p.distances[i], p.shifts[i] = best, distance, shift
		p.objective += distance
	}
	return changed
}

// refillEmpty gives a template that lost all its points the point that is farthest from its own template.
func (s *space) refillEmpty(points []point, p *partition) (refilled bool) {
	sizes := make([]int, len(p.templates))
	for _, l := range p.labels {
		sizes[l]++
	}
	for j, size := range sizes {
		if size > 0 {
			continue
		}
		worst := -1
		for i, d := range p.distances {
			if d > 1e-12 && sizes[p.labels[i]] > 1 && (worst < 0 || d > p.distances[worst]) {
				worst = i
			}
		}
		if worst < 0 {
			continue // fewer distinct points than templates
		}
		sizes[p.labels[worst]]--
		sizes[j] = 1
		p.labels[worst], p.distances[worst], p.shifts[worst] = j, 0, 0
		refilled = true
	}
	return refilled
}

// average sets each template to the mean of its points after shifting them back.
func (s *space) average(points []point, p *partition) {
	sizes := make([]float64, len(p.templates))
	sums := make([]point, len(p.templates))
	for j := range sums {
		sums[j] = make(point, s.orders*s.features)
	}
	for i, x := range points {
		s.addShifted(sums[p.labels[i]], x, -p.shifts[i])
		sizes[p.labels[i]]++
	}
	for j, sum := range sums {
		if sizes[j] == 0 {
			continue // keep the old one
		}
		for c := range sum {
			sum[c] /= complex(sizes[j], 0)
		}
		p.templates[j] = sum
	}
}

func lengthSquared(x point) float64 {
	sum := 0.0
	for _, v := range x {
		sum += real(v)*real(v) + imag(v)*imag(v)
	}
	return sum
}
