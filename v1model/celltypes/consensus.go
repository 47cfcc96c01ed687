package celltypes

import (
	"v1lab/datasets"
	"v1lab/v1model/features"
	"v1lab/v1model/jsonfloat"
)

// Consensus is one labelling of the neurons over several runs. See features.Consensus.
type Consensus struct {
	K          int                 `json:"k"`                   // number of clusters
	Labels     []int               `json:"labels"`              // [neurons], by decreasing size of the cluster; -1 for a neuron that belongs to none
	Sizes      []int               `json:"sizes"`               // [k]
	Confidence []jsonfloat.Float   `json:"confidence"`          // [neurons] share of the runs, of those in which it lives, that put the neuron into this cluster, or into the likeliest if it belongs to none; null if it is dead in all
	Votes      []int               `json:"votes"`               // [neurons] runs in which it lives
	Clusters   []jsonfloat.Float   `json:"clusters"`            // [k] mean confidence of the members
	Together   [][]jsonfloat.Float `json:"together"`            // [k, k] consensus matrix: share of runs that put a neuron of one cluster and one of the other together, mean over pairs of neurons; null without a pair
	None       []int               `json:"none"`                // neurons that live but belong to none: no cluster has more than half of the runs
	ARITruth   *jsonfloat.Float    `json:"ari_truth,omitempty"` // adjusted Rand index with the true types, if they are known, of the neurons that belong to a cluster
}

// consensus reports on what several clusterings agree.
func consensus(clusterings []features.Clustering, truth *datasets.Truth) (*Consensus, error) {
	c, err := features.AgreeOn(labelsOf(clusterings))
	if err != nil {
		return nil, err
	}
	out := &Consensus{K: c.K, Labels: c.Labels, Sizes: c.Sizes, Confidence: floats(c.Confidence), Votes: c.Votes, Clusters: floats(c.Clusters), None: []int{}}
	for _, row := range c.Together {
		out.Together = append(out.Together, floats(row))
	}
	for n, l := range c.Labels {
		if l < 0 && c.Votes[n] > 0 {
			out.None = append(out.None, n)
		}
	}
	if truth != nil {
		out.ARITruth = ari(c.Labels, truth.Type)
	}
	return out, nil
}

func labelsOf(clusterings []features.Clustering) (sets [][]int) {
	for _, c := range clusterings {
		sets = append(sets, c.Labels)
	}
	return sets
}
