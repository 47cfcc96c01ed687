package celltypes

import (
	"fmt"
	"slices"

	"v1lab/datasets"
	"v1lab/v1model/features"
	"v1lab/v1model/jsonfloat"
)

// Report is a clustering as the command line prints it.
type Report struct {
	K          int              `json:"k"`                   // number of clusters
	Labels     []int            `json:"labels"`              // [neurons], by decreasing size of the cluster; -1 for a dead neuron
	Sizes      []int            `json:"sizes"`               // [k]
	Silhouette jsonfloat.Float  `json:"silhouette"`          // null for one cluster
	ARITruth   *jsonfloat.Float `json:"ari_truth,omitempty"` // adjusted Rand index with the true types, if they are known
	Stability  *Stability       `json:"stability,omitempty"` // for several runs
	Consensus  *Consensus       `json:"consensus,omitempty"` // of several runs; added by Describe
	*Details                    // added by Describe
}

// Stability tells how well clusterings of several runs agree; the first run is the reference. See features.Consistency. The index of two runs is
// over the neurons that both put into a cluster: neurons that are dead in either run do not count.
type Stability struct {
	Mean     jsonfloat.Float     `json:"ari_mean"` // adjusted Rand index, over all pairs of runs that have one
	SD       jsonfloat.Float     `json:"ari_sd"`   // null for two runs, which are one pair
	Runs     int                 `json:"runs"`     // number of runs
	ARI      [][]jsonfloat.Float `json:"ari"`      // [runs, runs]; null where fewer than two neurons count
	Counted  [][]int             `json:"counted"`  // [runs, runs] neurons that count in it
	Clusters []StableCluster     `json:"clusters"` // of the first run
	Neurons  []jsonfloat.Float   `json:"neurons"`  // [neurons] share of the other runs that put the neuron into the same cluster; null: in no cluster

	Consistency features.Consistency `json:"-"`
}

// MinCounted returns the smallest number of neurons by which two runs are compared.
func (s *Stability) MinCounted() int {
	least := s.Counted[0][0]
	for _, row := range s.Counted {
		least = min(least, slices.Min(row))
	}
	return least
}

// StableCluster tells how well a cluster is found again in the other runs.
type StableCluster struct {
	Cluster  int               `json:"cluster"`  // its label
	Size     int               `json:"size"`     // neurons in it
	Jaccard  []jsonfloat.Float `json:"jaccard"`  // [other runs]: neurons in both over those in either, with the matching cluster
	Mean     jsonfloat.Float   `json:"mean"`     // mean over the other runs
	Min      jsonfloat.Float   `json:"min"`      // lowest of the other runs
	Believed bool              `json:"believed"` // a mean of 0.75 or more, and above 0.5 in every run (Hennig 2007)
}

// Compare reports the first of several clusterings of the same neurons, how well it agrees with the true types (nil if unknown), and, if there
// are several, how well all agree.
func Compare(clusterings []features.Clustering, truth *datasets.Truth) (*Report, error) {
	if len(clusterings) == 0 {
		return nil, fmt.Errorf("celltypes: no clustering to report; at least 1 is needed")
	}
	c := clusterings[0]
	r := &Report{K: c.K, Labels: c.Labels, Sizes: c.Sizes, Silhouette: jsonfloat.Float(c.Silhouette)}
	if truth != nil {
		if len(truth.Type) != len(c.Labels) {
			return nil, fmt.Errorf("celltypes: %d neurons were clustered, the truth is about %d", len(c.Labels), len(truth.Type))
		}
		r.ARITruth = ari(c.Labels, truth.Type)
	}
	if len(clusterings) > 1 {
		var err error
		if r.Stability, err = stability(clusterings); err != nil {
			return nil, err
		}
	}
	return r, nil
}
