package celltypes

import (
	"cmp"
	"math"
	"slices"

	"v1lab/datasets"
	"v1lab/v1model/features"
	"v1lab/v1model/jsonfloat"
)

// Given stands in Analysis.By where the number of clusters was given.
const Given = "given"

// exemplars is the number of exemplars of a cluster in a report.
const exemplars = 5

// Analysis holds the cell types of one run and what figures of them need.
type Analysis struct {
	From       string // what neurons were grouped by: ByWeights, ByTuning or ByMEI
	Method     string // as features.Methods names it
	By         string // what chose the number of clusters, as features.Criteria names it; "given" if nothing did
	Clustering features.Clustering
	Alignment  *features.Alignment
	Embedding  features.Embedding
	Exemplars  [][]int // [k]: neurons, the medoid first

	// Of neurons that were grouped by something else than weights. They are some of the run's, and are counted here as they are listed.
	Neurons  []int     // [neurons] their numbers in the run; nil: all
	Measured *Measured // of ByTuning

	divisions *features.Divisions // into other numbers of clusters
	weights   features.Weights    // by which neurons were grouped
	options   features.Options
	overFits  bool                // Clustering.Recurrence is over fits
	consensus *features.Consensus // of this and other fits, see Join; nil: not joined
}

// Analyse groups neurons by their weights, with any method, and computes what figures of the groups need. o.Covariance says how similar features are.
func Analyse(w features.Weights, o features.Options) (*Analysis, error) {
	var err error
	a := &Analysis{From: ByWeights, Method: features.Methods()[0], By: cmp.Or(o.By, features.Criteria()[0]), weights: w, options: o}
	if o.K > 0 {
		a.By = Given
	}
	if a.Alignment, err = features.Align(w, o); err != nil {
		return nil, err
	}
	if o.Method != nil {
		a.Method = o.Method.String()
		a.divisions, err = a.Alignment.Divide(o)
	} else {
		a.divisions, err = features.Divide(w, o)
	}
	if err != nil {
		return nil, err
	}
	if a.Clustering, err = a.divisions.Choose(); err != nil {
		return nil, err
	}
	a.Embedding = a.Alignment.Embed()
	return a, a.findExemplars()
}

func (a *Analysis) findExemplars() (err error) {
	a.Exemplars, err = a.Alignment.Exemplars(a.Clustering.Labels, a.Clustering.K, exemplars)
	return err
}

// Details is the part of a report on one run beyond its clusters.
type Details struct {
	From      string               `json:"from"`                // what neurons were grouped by: weights, tuning or mei
	Neurons   []int                `json:"neurons,omitempty"`   // [neurons] of tuning and mei, the numbers of those that were grouped, to which all lists refer
	Features  []string             `json:"features,omitempty"`  // of tuning, what was measured
	Means     [][]jsonfloat.Float  `json:"means,omitempty"`     // [k, features] of tuning, means over each cluster
	Method    string               `json:"method"`              // how neurons were grouped
	By        string               `json:"by"`                  // what chose the number of clusters: silhouette, bic, gap, stability, or given
	Tried     []Tried              `json:"tried"`               // the choices for k
	Dead      []int                `json:"dead"`                // neurons in no cluster
	Because   []string             `json:"dead_because"`        // [dead] why: "training responses never vary" or "no readout weights"
	Shifts    []jsonfloat.Float    `json:"shifts"`              // [neurons] shift over orientation from the cluster's template to the neuron, counter-clockwise in radians
	Distances []jsonfloat.Float    `json:"distances"`           // [neurons] to the shifted template, 0 to 2
	Exemplars [][]int              `json:"exemplars"`           // [k] neurons, the medoid first
	Embedding [][2]jsonfloat.Float `json:"embedding"`           // [neurons] first two principal components of the aligned weights
	Confusion [][]int              `json:"confusion,omitempty"` // [k, types] numbers of neurons, if true types are known
	Types     []string             `json:"types,omitempty"`     // names of the true types
	Sessions  []Members            `json:"sessions,omitempty"`  // of several sessions, the members of the clusters in each

	Recurrence *Recurrence `json:"recurrence,omitempty"` // which numbers of clusters come back, if stability chose
}

// Tried is one choice for the number of clusters. A measure that does not exist is null.
type Tried struct {
	K          int             `json:"k"`          // number of clusters
	Silhouette jsonfloat.Float `json:"silhouette"` // null for one cluster
	BIC        jsonfloat.Float `json:"bic"`        // null without a likelihood
	Gap        jsonfloat.Float `json:"gap"`        // gap statistic; null unless it chose
	GapSE      jsonfloat.Float `json:"gap_se"`     // its standard error; null unless it chose
}

// Describe is Compare with the Details of the first run, and the consensus if the runs were joined.
func Describe(analyses []*Analysis, truth *datasets.Truth) (*Report, error) {
	if len(analyses) > 0 {
		truth = analyses[0].Truth(truth)
	}
	var clusterings []features.Clustering
	for _, a := range analyses {
		clusterings = append(clusterings, a.Clustering)
	}
	r, err := Compare(clusterings, truth)
	if err != nil {
		return nil, err
	}
	a := analyses[0]
	c := a.Clustering
	if a.consensus != nil {
		r.Consensus = a.agreed(truth)
	}
	d := &Details{From: a.From, Neurons: a.Neurons, Method: a.Method, By: a.By, Dead: []int{}, Recurrence: a.recurrence()}
	for _, some := range a.Exemplars {
		d.Exemplars = append(d.Exemplars, a.numbers(some))
	}
	if a.Measured != nil {
		d.Features = a.Measured.Names
		for _, means := range a.Measured.Means(c.Labels, c.K) {
			d.Means = append(d.Means, floats(means))
		}
	}
	for _, t := range c.Tried {
		d.Tried = append(d.Tried, Tried{t.K, jsonfloat.Float(t.Silhouette), jsonfloat.Float(t.BIC), jsonfloat.Float(t.Gap), jsonfloat.Float(t.GapSE)})
	}
	for n, l := range c.Labels {
		if l < 0 {
			d.Dead = append(d.Dead, a.numbers([]int{n})...)
		}
		d.Shifts = append(d.Shifts, jsonfloat.Float(a.turn()*c.Shifts[n]))
		d.Distances = append(d.Distances, jsonfloat.Float(c.Distances[n]))
		at := a.Embedding.At[n]
		d.Embedding = append(d.Embedding, [2]jsonfloat.Float{jsonfloat.Float(at[0]), jsonfloat.Float(at[1])})
	}
	if truth != nil {
		if d.Confusion, err = confusion(c, truth); err != nil {
			return nil, err
		}
		d.Types = truth.TypeNames
	}
	r.Details = d
	return r, nil
}

// turn is the angle by which a neuron is turned for each radian of its shift: half of it between spectra, which a turn by pi does not change. It is NaN if
// nothing was shifted.
func (a *Analysis) turn() float64 {
	switch a.From {
	case ByTuning:
		return math.NaN()
	case ByMEI:
		return 0.5
	}
	return 1
}

// numbers returns the run's numbers of neurons that are counted as the analysis lists them.
func (a *Analysis) numbers(listed []int) []int {
	if a.Neurons == nil {
		return listed
	}
	numbers := make([]int, len(listed))
	for i, n := range listed {
		numbers[i] = a.Neurons[n]
	}
	return numbers
}

// Everyone returns the labels of all n neurons of the run; those that were not grouped have -1.
func (a *Analysis) Everyone(n int) []int {
	if a.Neurons == nil {
		return a.Clustering.Labels
	}
	labels := slices.Repeat([]int{-1}, n)
	for i, of := range a.Neurons {
		labels[of] = a.Clustering.Labels[i]
	}
	return labels
}

// Truth returns the types of the neurons that were grouped, given the truth about all of the run's. Nil stays nil.
func (a *Analysis) Truth(all *datasets.Truth) *datasets.Truth {
	if all == nil || a.Neurons == nil {
		return all
	}
	some := &datasets.Truth{TypeNames: all.TypeNames}
	for _, n := range a.Neurons {
		some.Type = append(some.Type, all.Type[n])
	}
	return some
}

// confusion is features.Confusion with a row for every cluster and a column for every type, including those without neurons.
func confusion(c features.Clustering, truth *datasets.Truth) ([][]int, error) {
	counts, err := features.Confusion(c.Labels, truth.Type)
	if err != nil {
		return nil, err
	}
	for len(counts) < c.K {
		counts = append(counts, nil)
	}
	for i := range counts {
		for len(counts[i]) < len(truth.TypeNames) {
			counts[i] = append(counts[i], 0)
		}
	}
	return counts, nil
}

// stability compares clusterings, in the form of a report.
func stability(clusterings []features.Clustering) (*Stability, error) {
	sets := labelsOf(clusterings)
	c, err := features.Consistent(sets)
	if err != nil {
		return nil, err
	}
	s := &Stability{Mean: jsonfloat.Float(c.Mean), SD: jsonfloat.Float(c.SD), Runs: len(sets), Counted: c.Counted, Consistency: c}
	for _, row := range c.ARI {
		s.ARI = append(s.ARI, floats(row))
	}
	s.Neurons = floats(c.Neurons)
	for l, cluster := range c.Clusters {
		s.Clusters = append(s.Clusters, StableCluster{
			Cluster: l, Size: cluster.Size, Jaccard: floats(cluster.Jaccard),
			Mean: jsonfloat.Float(cluster.Mean), Min: jsonfloat.Float(cluster.Min), Believed: cluster.Believed,
		})
	}
	return s, nil
}

func floats(x []float64) []jsonfloat.Float {
	out := make([]jsonfloat.Float, len(x))
	for i, v := range x {
		out[i] = jsonfloat.Float(v)
	}
	return out
}

// ari is nil where the index does not exist.
func ari(labels, types []int) *jsonfloat.Float {
	v := features.Agreement(labels, types)
	if math.IsNaN(v) {
		return nil
	}
	return (*jsonfloat.Float)(&v)
}
