package features

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// Options steer Cluster; the zero value means the recommended setting of each.
type Options struct {
	K        int    // number of clusters; 0: chosen from 2 to MaxK
	MaxK     int    // largest number tried; 0: 12
	Restarts int    // starts for each number of clusters, the best objective wins; 0: 10
	Seed     uint64 // same seed, weights and options: same result, on any number of processors

	Method Method // nil: aligns each neuron with every template while grouping (see Cluster)
	By     string // criterion that chooses K, one of Criteria; "" is Silhouette; BIC needs a Method

	// Covariance of the core's output channels, [rotations*features, rotations*features] (see the function Covariance); nil: the identity.
	// With it, two neurons are alike if their weights produce the same response, whichever channels they use:
	// features that are copies or rotated copies of each other, and features that look the same after 180 degrees,
	// no longer split a cell type. It is first averaged over common rotations of both channels.
	Covariance []float64
}

// complete fills in the recommended settings and checks the others.
func (o *Options) complete() error {
	if o.MaxK == 0 {
		o.MaxK = 12
	}
	if o.Restarts == 0 {
		o.Restarts = 10
	}
	if o.K < 0 || o.MaxK < 2 || o.Restarts < 1 {
		return fmt.Errorf("features: cluster options: found k %d, largest k %d, %d restarts; accepted are k from 0, largest k from 2, restarts from 1", o.K, o.MaxK, o.Restarts)
	}
	if o.By != "" && !slices.Contains(Criteria(), o.By) {
		return fmt.Errorf("features: cluster options: found %q to choose k by; accepted are %s", o.By, strings.Join(Criteria(), ", "))
	}
	return nil
}

// silhouetteSample limits the neurons of which all pairs are compared.
const silhouetteSample = 1500

// Choice is one number of clusters that was tried.
type Choice struct {
	K          int
	Silhouette float64 // as in Clustering
	Objective  float64 // as in Clustering
	BIC        float64 // Bayesian information criterion, smaller is better; NaN where the method has no likelihood
	Gap, GapSE float64 // gap statistic and its standard error; NaN unless Options.By is Gap
	Stability  float64 // see Recurrence; NaN unless Options.By is Recurring
	Labels     []int   // [neurons] as Clustering.Labels if K were this
}

// Clustering divides the population into groups of neurons that compute the same thing up to orientation.
// Clusters are numbered by decreasing size. Neurons without weights belong to no cluster: their label is -1, shift and distance are NaN.
type Clustering struct {
	K          int
	Labels     []int     // [neurons]
	Sizes      []int     // [K]
	Silhouette float64   // mean over neurons (a sample of 1500 of larger populations), of the aligned distance; NaN if K is 1
	Objective  float64   // mean squared distance to the template
	Templates  Weights   // [K, rotations, features]: mean of the aligned unit-length weights, shifted so that its strongest feature peaks at rotation 0
	Shifts     []float64 // [neurons] shift from the template to the neuron, counter-clockwise in radians: [0, 2 pi)
	Distances  []float64 // [neurons] to the shifted template, 0..2
	Tried      []Choice  // the choices for K: one cluster, two, ...

	Recurrence *Recurrence // over halves of the neurons; nil unless Options.By is Recurring
}

// Cluster groups neurons by what they compute, whatever their orientation. It is k-means in the space in which weights that differ
// by a shift over orientation are the same point (the objective of Ustyuzhaninov et al., ICLR 2020, minimised by alternation instead of gradients).
//
// Each neuron's weights [rotations, features] are scaled to unit length. A shift is cyclic over rotations and by any angle
// (band-limited interpolation between the rotations). Distances are Euclidean, at the best angle. A template is the mean of its neurons,
// each shifted back by its best angle. Of several starts the one with the best objective is kept.
//
// This is the method if Options.Method is nil; other methods group neurons that Align has aligned (see Method).
//
// With K = 0 Options.By chooses the number of clusters; 1 if no two neurons differ. By default it is the one with the largest mean silhouette (Rousseeuw 1987; see Tried).
// A silhouette compares a cluster with its nearest neighbour only: types that are much closer to each other than to all others may stay together.
//
// Time grows with neurons x MaxK^2 x restarts; the package's benchmarks measure it.
func Cluster(w Weights, o Options) (Clustering, error) {
	d, err := Divide(w, o)
	if err != nil {
		return Clustering{}, err
	}
	return d.Choose()
}

// population holds the neurons with weights as points.
type population struct {
	weights Weights
	space   *space
	live    []int   // neurons with weights
	steps   []int   // shifts in steps of 2 pi/R that canonicalShift took off each neuron
	plain   []point // of unit length
	points  []point // plain in the metric of the comparison, of unit length
}

func newPopulation(w Weights, covariance []float64) (*population, error) {
	p := &population{weights: w, space: newSpace(w.Rotations, w.Features)}
	var m metric
	if covariance != nil {
		var err error
		if m, err = p.space.newMetric(covariance); err != nil {
			return nil, err
		}
	}
	for n := range w.Neurons {
		samples, steps := canonicalShift(w.At(n), w.Rotations, w.Features)
		plain := p.space.transform(samples)
		if !normalise(plain) {
			continue
		}
		compared := plain
		if m != nil {
			compared = m.apply(p.space, plain)
			normalise(compared) // never 0: the metric has a ridge
		}
		p.live = append(p.live, n)
		p.steps = append(p.steps, steps)
		p.plain = append(p.plain, plain)
		p.points = append(p.points, compared)
	}
	return p, nil
}

func normalise(x point) bool {
	length := math.Sqrt(lengthSquared(x))
	if length == 0 {
		return false
	}
	for i := range x {
		x[i] /= complex(length, 0)
	}
	return true
}

// sample lists the points of which all pairs are compared, in increasing order.
func (p *population) sample(seed uint64) []int {
	all := make([]int, len(p.points))
	for i := range all {
		all[i] = i
	}
	if len(all) > silhouetteSample {
		rng := rand.New(rand.NewPCG(seed, math.MaxUint64))
		rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		all = all[:silhouetteSample]
		slices.Sort(all)
	}
	return all
}

func pick[T any](from []T, indices []int) []T {
	out := make([]T, len(indices))
	for i, j := range indices {
		out[i] = from[j]
	}
	return out
}

// clustering numbers the clusters by size, shifts each template's peak to rotation 0, and puts everything in the order of the neurons.
func (p *population) clustering(run partition) Clustering {
	k, s := len(run.templates), p.space
	rank, sizes := run.bySize()
	// Templates are shown as weights, not in the metric of the comparison.
	weights := run
	weights.templates = slices.Clone(run.templates)
	for j := range weights.templates {
		weights.templates[j] = make(point, s.orders*s.features)
	}
	s.average(p.plain, &weights)

	c := Clustering{
		K: k, Labels: make([]int, p.weights.Neurons), Sizes: make([]int, k),
		Templates: Weights{Neurons: k, Rotations: s.rotations, Features: s.features, Values: make([]float32, k*s.rotations*s.features)},
		Shifts:    make([]float64, p.weights.Neurons), Distances: make([]float64, p.weights.Neurons),
		Objective: run.objective / float64(len(p.points)),
	}
	peaks := make([]float64, k)
	for from, to := range rank {
		c.Sizes[to] = sizes[from]
		template := weights.templates[from]
		peaks[from] = s.peak(template)
		out := c.Templates.At(to)
		for i := range out {
			angle := 2*math.Pi*float64(i/s.features)/float64(s.rotations) + peaks[from]
			out[i] = float32(s.sample(template, i%s.features, angle))
		}
	}
	for n := range c.Labels {
		c.Labels[n], c.Shifts[n], c.Distances[n] = -1, math.NaN(), math.NaN()
	}
	for i, n := range p.live {
		from := run.labels[i]
		shift := wrap(run.shifts[i] + peaks[from] + 2*math.Pi*float64(p.steps[i])/float64(s.rotations))
		c.Labels[n], c.Shifts[n], c.Distances[n] = rank[from], shift, math.Sqrt(run.distances[i])
	}
	return c
}

// peak returns the angle at which the feature with most power is largest in magnitude, to within 1/64 of the step between rotations.
func (s *space) peak(template point) float64 {
	strongest, most := 0, -1.0
	for f := range s.features {
		power := 0.0
		for m := range s.orders {
			v := template[m*s.features+f]
			power += real(v)*real(v) + imag(v)*imag(v)
		}
		if power > most {
			strongest, most = f, power
		}
	}
	peak, highest := 0.0, -1.0
	fine := 64 * s.rotations
	for j := range fine {
		angle := 2 * math.Pi * float64(j) / float64(fine)
		if v := math.Abs(s.sample(template, strongest, angle)); v > highest*(1+1e-9) {
			peak, highest = angle, v
		}
	}
	return peak
}

// bySize numbers the clusters by decreasing size, equal ones by their first points. It returns each cluster's number and size.
func (run partition) bySize() (rank, sizes []int) {
	k := len(run.templates)
	sizes, rank = make([]int, k), make([]int, k)
	order, first := make([]int, k), make([]int, k)
	for i := len(run.labels) - 1; i >= 0; i-- {
		sizes[run.labels[i]]++
		first[run.labels[i]] = i
	}
	for j := range order {
		order[j] = j
	}
	sortBySize(order, sizes, first)
	for to, from := range order {
		rank[from] = to
	}
	return rank, sizes
}

// sortBySize orders clusters by decreasing size, equal ones by their first points.
func sortBySize(clusters, sizes, first []int) {
	slices.SortStableFunc(clusters, func(a, b int) int {
		return cmp.Or(cmp.Compare(sizes[b], sizes[a]), cmp.Compare(first[a], first[b]))
	})
}
