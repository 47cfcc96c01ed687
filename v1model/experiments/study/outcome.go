package study

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/v1model/core"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/experiments/grid"
	"v1lab/v1model/features"
	"v1lab/v1model/fitted"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
)

// outcomeVersion is the version of score files. Fits with a file of another version are measured again.
const outcomeVersion = 4

// Outcome holds the measurements of a fit from which reports are made. It is stored beside the run folder.
type Outcome struct {
	Version  int               `json:"version"`
	Fit      compare.Fit       `json:"fit"`
	Maps     int               `json:"maps"`
	Images   int               `json:"images"` // of the training part
	Ceiling  jsonfloat.Float   `json:"ceiling"`
	Corr     []jsonfloat.Float `json:"corr"`     // [neurons] test correlation
	Ceilings []jsonfloat.Float `json:"ceilings"` // [neurons]
	Types    []int             `json:"types"`    // [neurons] true ones; null where they are not known
	Use      *Use              `json:"use"`      // of features; null for a plain CNN, whose maps have no orientation
}

// Use is how neurons use the features of an equivariant core.
type Use struct {
	Clean    jsonfloat.Float `json:"clean"`  // share of neurons with one feature above features.CleanThreshold of their power
	Active   jsonfloat.Float `json:"active"` // features above features.PowerThreshold, mean over neurons
	Shared   jsonfloat.Float `json:"shared"` // how many features it takes to have the strongest one of 90 % of the neurons
	Dead     int             `json:"dead"`   // dead neurons, silent in training or without weights, which do not count in the above
	Features int             `json:"of"`     // number of features

	Labels map[string][]int     `json:"labels"` // [neurons] by method, see Methods; negative for a neuron without weights
	Tried  [][]int              `json:"tried"`  // [numbers of clusters][neurons] joint, for each number from 1
	Halves *features.Recurrence `json:"halves"` // which numbers come back in halves of the neurons; null if too few have weights
	Fit    *fitOf               `json:"fit"`    // what the fit says of the neurons, to be joined with others; null if too few have weights
}

// Method is a way to group neurons.
type Method struct {
	Name   string // of its labels
	Title  string
	method features.Method // groups aligned neurons; nil: aligns while it groups, or takes the strongest feature
	Known  bool            // k is the true number of types
}

// strongest names the groups of neurons that have their strongest feature in common.
const strongest = "argmax"

// Methods lists the methods that are compared with the true types. If types are unknown, methods that need their number are left out.
func Methods() []Method {
	return []Method{
		{strongest, "strongest feature", nil, false},
		{"joint", "joint", nil, false},
		{"kmeans", "aligned k-means", features.KMeans{}, false},
		{"gmm", "aligned Gaussian mixture", features.Mixture{}, false},
		{"joint-k", "joint, k known", nil, true},
		{"kmeans-k", "aligned k-means, k known", features.KMeans{}, true},
		{"gmm-k", "aligned Gaussian mixture, k known", features.Mixture{}, true},
	}
}

// measure computes the outcome of a fit.
func measure(ctx context.Context, backend compute.Backend, done grid.Done, data *datasets.Dataset) (*Outcome, error) {
	run, err := fitted.Open(ctx, done.Run.Path, fitted.Options{Device: fitted.On(backend), Recordings: fitted.WithRecording(data)})
	if err != nil {
		return nil, err
	}
	defer run.Close() //nolint:errcheck // frees memory only
	scores, err := run.Scores(ctx)
	if err != nil {
		return nil, err
	}
	o := &Outcome{Version: outcomeVersion, Fit: compare.FitOf(done.Run, done.Result, scores), Images: data.Train.Images.N, Ceiling: scores.Ceiling}
	for _, n := range scores.Neurons {
		o.Corr, o.Ceilings = append(o.Corr, n.TestCorr), append(o.Ceilings, n.Ceiling)
	}
	if data.Truth != nil {
		o.Types = data.Truth.Type
	}
	m, err := run.Model()
	if err != nil {
		return nil, err
	}
	_, _, o.Maps = m.Core.OutputShape()
	if rotations, _ := core.Rotations(m.Core); rotations > 1 {
		if o.Use, err = use(ctx, run, data); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func use(ctx context.Context, run *fitted.Run, data *datasets.Dataset) (*Use, error) {
	r, err := run.Living()
	if err != nil {
		return nil, err
	}
	power := r.Weights.Power()
	group := power.Group()
	u := &Use{Features: power.Features, Labels: map[string][]int{strongest: group}}
	live := 0
	for n, g := range group {
		if g < 0 {
			continue
		}
		live++
		if power.Clean()[n] {
			u.Clean++
		}
		u.Active += jsonfloat.Float(power.Active()[n])
	}
	u.Clean, u.Active = u.Clean/jsonfloat.Float(live), u.Active/jsonfloat.Float(live) // NaN if no neuron has weights
	u.Shared, u.Dead = jsonfloat.Float(math.NaN()), len(group)-live
	if live > 0 {
		u.Shared = jsonfloat.Float(shared(power.Counts(), live))
	}
	return u, cluster(ctx, run, data, r.Weights, live, u)
}

// shared returns how many of the largest groups are needed to hold 90 % of the neurons.
func shared(counts []int, neurons int) (groups int) {
	slices.Sort(counts)
	in := 0
	for i := len(counts) - 1; i >= 0 && float64(in) < 0.9*float64(neurons); i-- {
		in += counts[i]
		groups++
	}
	return groups
}

// cluster groups the neurons by every method. If too few have weights, there are no groups.
func cluster(ctx context.Context, run *fitted.Run, data *datasets.Dataset, w features.Weights, live int, u *Use) error {
	types := 0
	if data.Truth != nil {
		types = distinct(data.Truth.Type)
	}
	if live < max(3, types) {
		return nil
	}
	covariance, err := run.Covariance(ctx)
	if err != nil {
		return err
	}
	o := features.Options{Seed: run.Config.Fit.Seed, Covariance: covariance}
	byStability := o
	byStability.By = features.Recurring
	d, err := features.Divide(w, byStability)
	if err != nil {
		return err
	}
	u.Tried = d.Labels()
	if u.Halves, err = d.Resample(); err != nil {
		return err
	}
	u.Fit = keepFit(features.Fit{Weights: w, Covariance: covariance})
	a, err := features.Align(w, o)
	if err != nil {
		return err
	}
	for _, m := range Methods() {
		if m.Name == strongest || m.Known && types == 0 {
			continue
		}
		o.Method, o.K = m.method, 0
		if m.Known {
			o.K = types
		}
		var c features.Clustering
		if m.method == nil {
			c, err = features.Cluster(w, o)
		} else {
			c, err = a.Cluster(o)
		}
		if err != nil {
			return err
		}
		u.Labels[m.Name] = c.Labels
	}
	return nil
}

// distinct counts the labels from 0 that occur.
func distinct(labels []int) int {
	seen := map[int]bool{}
	for _, l := range labels {
		if l >= 0 {
			seen[l] = true
		}
	}
	return len(seen)
}

// keep writes an outcome.
func (o *Outcome) write(path string) error {
	if err := grid.WriteScores(path, o); err != nil {
		return fmt.Errorf("study: %w", err)
	}
	return nil
}

// readOutcome reads the outcome of a fit that ended with result; nil if there is none, or it belongs to another fit.
func readOutcome(path string, result runfolder.Result) (*Outcome, error) {
	o := &Outcome{}
	found, err := grid.ReadScores(path, o)
	if err != nil {
		return nil, fmt.Errorf("study: %w", err)
	}
	if !found || o.Version != outcomeVersion || !o.Fit.IsOf(result) {
		return nil, nil //nolint:nilnil // there is none yet, or it is of another fit
	}
	return o, nil
}
