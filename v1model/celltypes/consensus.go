package celltypes

import (
	"errors"
	"slices"

	"v1lab/datasets"
	"v1lab/v1model/features"
	"v1lab/v1model/jsonfloat"
)

// Consensus is one labelling of the neurons by what all of several runs say of them together, and how far halves of the runs agree with it. See features.Joint.
type Consensus struct {
	K          int                 `json:"k"`                   // number of clusters
	Labels     []int               `json:"labels"`              // [neurons], by decreasing size of the cluster; -1 for a neuron that belongs to none
	Sizes      []int               `json:"sizes"`               // [k]
	Confidence []jsonfloat.Float   `json:"confidence"`          // [neurons] share of the groupings by halves of the runs, of those in which it lives, that put the neuron into its cluster; null if it is dead in all
	Votes      []int               `json:"votes"`               // [neurons] groupings by halves of the runs in which it lives
	Groupings  int                 `json:"groupings"`           // groupings by halves of the runs; of two runs, each is one
	Clusters   []jsonfloat.Float   `json:"clusters"`            // [k] mean confidence of the members
	Together   [][]jsonfloat.Float `json:"together"`            // [k, k] consensus matrix: share of groupings that put a neuron of one cluster and one of the other together, mean over pairs of neurons; null without a pair
	None       []int               `json:"none"`                // neurons that live but belong to none: not more than half of the groupings put them into their cluster, or they would be alone in it
	ARITruth   *jsonfloat.Float    `json:"ari_truth,omitempty"` // adjusted Rand index with the true types, if they are known, of the neurons that belong to a cluster
}

// Join groups the neurons by all of several runs together, for the consensus that Describe reports. If over is true, the number of clusters is that with which most come
// back over halves of the runs, and each run is grouped into as many; otherwise it is chosen as that of each run is. It changes the analyses.
func Join(analyses []*Analysis, over bool) error {
	if len(analyses) < 2 {
		return errors.New("celltypes: found fewer than 2 runs; a consensus needs more")
	}
	first := analyses[0]
	var fits []features.Fit
	compared := !slices.ContainsFunc(analyses, func(a *Analysis) bool { return a.options.Covariance == nil }) // else no run's features are, as has been said
	for _, a := range analyses {
		fit := features.Fit{Weights: a.weights}
		if compared {
			fit.Covariance = a.options.Covariance
		}
		fits = append(fits, fit)
	}
	o := first.options
	if over {
		o.By = features.Recurring
	}
	joint, err := features.DivideJointly(fits, o)
	if err != nil {
		return err
	}
	k, r, err := joint.Choose()
	if err != nil {
		return err
	}
	c, err := joint.Consensus(k)
	if err != nil {
		return err
	}
	first.consensus = &c
	if !over {
		return nil
	}
	for _, a := range analyses {
		if a.Clustering, err = a.divisions.At(k); err != nil {
			return err
		}
		a.By, a.Clustering.Recurrence, a.overFits = features.Recurring, r, true
		if err := a.findExemplars(); err != nil {
			return err
		}
	}
	return nil
}

// agreed is the report's form of the consensus.
func (a *Analysis) agreed(truth *datasets.Truth) *Consensus {
	c := a.consensus
	out := &Consensus{K: c.K, Labels: c.Labels, Sizes: c.Sizes, Confidence: floats(c.Confidence), Votes: c.Votes, Groupings: len(c.Matched), Clusters: floats(c.Clusters), None: a.numbers(c.None())}
	for _, row := range c.Together {
		out.Together = append(out.Together, floats(row))
	}
	if truth != nil {
		out.ARITruth = ari(c.Labels, truth.Type)
	}
	return out
}

func labelsOf(clusterings []features.Clustering) (sets [][]int) {
	for _, c := range clusterings {
		sets = append(sets, c.Labels)
	}
	return sets
}
