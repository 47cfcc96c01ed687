package features

import (
	"fmt"
	"math"
)

// Cluster groups the aligned neurons by Options.Method (nil: KMeans). It uses K, MaxK, Seed and By; the other options took effect in Align.
// Afterwards each neuron is aligned again, with the template of its own group, which gives Shifts and Distances. The silhouette is that of the aligned
// distances for every method, so that methods can be compared by it.
func (a *Alignment) Cluster(o Options) (Clustering, error) {
	if err := o.complete(); err != nil {
		return Clustering{}, err
	}
	p, live := a.population, len(a.population.live)
	if live < o.K {
		return Clustering{}, fmt.Errorf("features: cluster: found %d neurons with weights (of %d); %d clusters need at least as many", live, p.weights.Neurons, o.K)
	}
	method := o.Method
	if method == nil {
		method = KMeans{Restarts: o.Restarts}
	}
	last := o.K
	if o.K == 0 {
		last = max(1, min(o.MaxK, live-1))
	}
	divisions := method.Divide(a.Points, last, o.Seed)
	if len(divisions) != last {
		return Clustering{}, fmt.Errorf("features: method %s: found %d divisions; one for each of 1 to %d clusters is needed", method, len(divisions), last)
	}
	sample := p.sample(o.Seed)
	d := p.space.distances(pick(p.points, sample))
	tried, grouped := make([]Choice, last), make([]partition, last)
	for i, division := range divisions {
		if len(division.Labels) != live {
			return Clustering{}, fmt.Errorf("features: method %s: found %d labels for %d points; one each is needed", method, len(division.Labels), live)
		}
		for _, l := range division.Labels {
			if l < 0 || l > i {
				return Clustering{}, fmt.Errorf("features: method %s: found label %d of %d clusters; accepted are 0 to %d", method, l, i+1, i)
			}
		}
		grouped[i] = a.refineShifts(division.Labels, i+1)
		tried[i] = Choice{K: i + 1, Silhouette: silhouette(d, pick(division.Labels, sample), i+1), Objective: grouped[i].objective / float64(live), BIC: division.BIC}
	}
	k := o.K
	switch {
	case k > 0:
	case tried[0].Objective < leastVariance: // no two neurons differ: any division is one of rounding errors
		k = 1
	default:
		if k = chooseBySilhouette(tried); o.By == BIC {
			if k = chooseByBIC(tried); k == 0 {
				return Clustering{}, fmt.Errorf("features: method %s: it has no likelihood; accepted to choose k by is %s", method, Silhouette)
			}
		}
	}
	c := p.clustering(grouped[k-1])
	c.Silhouette, c.Tried = tried[k-1].Silhouette, tried
	return c, nil
}

// chooseByBIC returns the K with the smallest BIC, 0 if the method has no BIC.
func chooseByBIC(tried []Choice) (k int) {
	least := math.Inf(1)
	for _, t := range tried {
		if t.BIC < least {
			k, least = t.K, t.BIC
		}
	}
	return k
}

// refineShifts computes templates for given groups and aligns each neuron with the template of its group.
func (a *Alignment) refineShifts(labels []int, k int) partition {
	s, points := a.population.space, a.population.points
	p := partition{labels: labels, shifts: append([]float64(nil), a.shifts...), distances: make([]float64, len(points)), templates: make([]point, k)}
	for j := range p.templates {
		p.templates[j] = make(point, s.orders*s.features)
	}
	scratch := make([]complex128, s.orders)
	previous := math.Inf(1)
	for range maxIterations {
		s.average(points, &p)
		p.objective = 0
		for i, x := range points {
			t := p.templates[labels[i]]
			angle, product, _ := s.align(x, t, math.Inf(-1), scratch)
			p.shifts[i], p.distances[i] = angle, max(1+lengthSquared(t)-2*product, 0)
			p.objective += p.distances[i]
		}
		if previous-p.objective <= 1e-6*previous {
			break
		}
		previous = p.objective
	}
	return p
}
