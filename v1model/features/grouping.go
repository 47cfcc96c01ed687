package features

import (
	"fmt"
	"math"
	"slices"
)

// Cluster groups the aligned neurons by Options.Method (nil: KMeans). It uses K, MaxK, Seed and By; the other options took effect in Align.
// Afterwards each neuron is aligned again, with the template of its own group, which gives Shifts and Distances. The silhouette is that of the aligned
// distances for every method, so that methods can be compared by it.
func (a *Alignment) Cluster(o Options) (Clustering, error) {
	d, err := a.Divide(o)
	if err != nil {
		return Clustering{}, err
	}
	return d.Choose()
}

// Divide groups the aligned neurons as Cluster does, into 1 to Options.MaxK clusters (to Options.K if it is given), without choosing among them.
func (a *Alignment) Divide(o Options) (*Divisions, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	p, live := a.population, len(a.population.live)
	if err := p.enough(o.K); err != nil {
		return nil, err
	}
	if o.Method == nil {
		o.Method = KMeans{Restarts: o.Restarts}
	}
	last := p.last(o)
	divisions := o.Method.Divide(a.Points, last, o.Seed)
	if len(divisions) != last {
		return nil, fmt.Errorf("features: method %s: found %d divisions; one for each of 1 to %d clusters is needed", o.Method, len(divisions), last)
	}
	d := &Divisions{population: p, alignment: a, options: o}
	bic := make([]float64, last)
	for i, division := range divisions {
		if len(division.Labels) != live {
			return nil, fmt.Errorf("features: method %s: found %d labels for %d points; one each is needed", o.Method, len(division.Labels), live)
		}
		for _, l := range division.Labels {
			if l < 0 || l > i {
				return nil, fmt.Errorf("features: method %s: found label %d of %d clusters; accepted are 0 to %d", o.Method, l, i+1, i)
			}
		}
		d.partitions = append(d.partitions, p.space.refineShifts(p.points, division.Labels, a.shifts, i+1))
		bic[i] = division.BIC
	}
	d.score(bic)
	return d, nil
}

// refineShifts computes templates for given groups, from shifts to start with, and aligns each neuron with the template of its group.
func (s *space) refineShifts(points []point, labels []int, shifts []float64, k int) partition {
	p := partition{labels: labels, shifts: slices.Clone(shifts), distances: make([]float64, len(points)), templates: make([]point, k)}
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
