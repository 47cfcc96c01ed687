package features

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Divisions are groupings of one population into 1, 2, ... clusters, from which a number of clusters is chosen.
type Divisions struct {
	Tried []Choice

	population *population
	partitions []partition
	alignment  *Alignment // nil: neurons are aligned while they are grouped
	options    Options
}

// Divide groups neurons as Cluster does, into 1 to Options.MaxK clusters (to Options.K if it is given), without choosing among them.
func Divide(w Weights, o Options) (*Divisions, error) {
	if o.Method != nil {
		a, err := Align(w, o)
		if err != nil {
			return nil, err
		}
		return a.Divide(o)
	}
	if err := w.Check(); err != nil {
		return nil, err
	}
	if err := o.complete(); err != nil {
		return nil, err
	}
	if o.By == BIC {
		return nil, fmt.Errorf("features: cluster options: found %q to choose k by; it needs a method with a likelihood (kmeans, mixture, ward)", o.By)
	}
	p, err := newPopulation(w, o.Covariance)
	if err != nil {
		return nil, err
	}
	if err := p.enough(o.K); err != nil {
		return nil, err
	}
	if o.By == Recurring {
		p.sort()
	}
	last := p.last(o)
	d := &Divisions{population: p, options: o, partitions: p.space.partitionsUpTo(p.points, last, o.Restarts, o.Seed)}
	bic := make([]float64, last)
	for i := range bic {
		bic[i] = math.NaN()
	}
	d.score(bic)
	return d, nil
}

// enough is an error if fewer neurons have weights than there are to be clusters.
func (p *population) enough(k int) error {
	if live := len(p.live); live < max(k, 1) {
		return fmt.Errorf("features: cluster: found %d neurons with weights (of %d); %d clusters need at least as many", live, p.weights.Neurons, max(k, 1))
	}
	return nil
}

// last is the largest number of clusters to try.
func (p *population) last(o Options) int {
	if o.K > 0 {
		return o.K
	}
	return max(1, min(o.MaxK, len(p.live)-1))
}

// score computes the choices of all partitions.
func (d *Divisions) score(bic []float64) {
	p := d.population
	sample := p.sample(d.options.Seed)
	distances := p.space.distances(pick(p.points, sample))
	for i, run := range d.partitions {
		labels := make([]int, p.weights.Neurons)
		for n := range labels {
			labels[n] = -1
		}
		rank, _ := run.bySize()
		for j, n := range p.live {
			labels[n] = rank[run.labels[j]]
		}
		d.Tried = append(d.Tried, Choice{
			K: i + 1, Silhouette: silhouette(distances, pick(run.labels, sample), i+1), Objective: run.objective / float64(len(p.live)),
			BIC: bic[i], Gap: math.NaN(), GapSE: math.NaN(), Stability: math.NaN(), Labels: labels,
		})
	}
}

// Labels are the groupings, [numbers of clusters][neurons]; negative for a neuron without weights.
func (d *Divisions) Labels() (all [][]int) {
	for _, t := range d.Tried {
		all = append(all, t.Labels)
	}
	return all
}

// At returns the clustering into k clusters, 1 to len(d.Tried).
func (d *Divisions) At(k int) (Clustering, error) {
	if k < 1 || k > len(d.Tried) {
		return Clustering{}, fmt.Errorf("features: divisions: found %d clusters; accepted are 1 to %d", k, len(d.Tried))
	}
	c := d.population.clustering(d.partitions[k-1])
	c.Silhouette, c.Tried = d.Tried[k-1].Silhouette, d.Tried
	return c, nil
}

// Choose returns the clustering into Options.K clusters, or as many as the criterion chooses.
func (d *Divisions) Choose() (Clustering, error) {
	o := d.options
	k := o.K
	var recurrence *Recurrence
	var err error
	switch {
	case k > 0:
	case d.Tried[0].Objective < leastVariance: // no two neurons differ: any division is one of rounding errors
		k = 1
	case o.By == BIC:
		if k = chooseByBIC(d.Tried); k == 0 {
			return Clustering{}, fmt.Errorf("features: method %s: it has no likelihood; accepted to choose k by are %s, %s and %s", o.Method, Silhouette, Gap, Recurring)
		}
	case o.By == Gap:
		k = d.chooseByGap()
	case o.By == Recurring:
		if recurrence, err = d.Resample(); err != nil {
			return Clustering{}, err
		}
		k = recurrence.K
		for i, level := range recurrence.Levels {
			d.Tried[i].Stability = level.Stability()
		}
	default:
		k = chooseBySilhouette(d.Tried)
	}
	c, err := d.At(k)
	c.Recurrence = recurrence
	return c, err
}

// chooseBySilhouette returns the K with the largest mean silhouette.
func chooseBySilhouette(tried []Choice) int {
	chosen, top := 1, math.Inf(-1)
	for _, t := range tried {
		if t.Silhouette > top { // never for NaN
			chosen, top = t.K, t.Silhouette
		}
	}
	return chosen
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

// divide groups some of the points into 1, 2, ... last clusters, in the way in which all were grouped.
func (d *Divisions) divide(points []int, last, restarts int, seed uint64) []partition {
	p := d.population
	if d.alignment == nil {
		return p.space.partitionsUpTo(pick(p.points, points), last, restarts, seed)
	}
	_, dimensions := d.alignment.Points.Dims()
	part := mat.NewDense(len(points), dimensions, nil)
	for i, from := range points {
		part.SetRow(i, d.alignment.Points.RawRowView(from))
	}
	out := make([]partition, last)
	for i, division := range d.options.Method.Divide(part, last, seed) {
		out[i] = p.space.refineShifts(pick(p.points, points), division.Labels, pick(d.alignment.shifts, points), i+1)
	}
	return out
}
