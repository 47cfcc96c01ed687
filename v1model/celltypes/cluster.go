package celltypes

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"

	"v1lab/datasets"
	"v1lab/v1model/features"
	"v1lab/v1model/number"
	"v1lab/v1model/predict"
	"v1lab/v1model/runfolder"
)

// Cluster groups a run's neurons by what they compute. Feature maps are compared by their covariance over the validation images of data,
// which must be normalised as the run's were, unless o brings a covariance. With data nil weights are compared as they are, and backend is not used.
func Cluster(backend compute.Backend, run *runfolder.Folder, data *datasets.Dataset, o features.Options) (features.Clustering, error) {
	r, err := Read(run)
	if err != nil {
		return features.Clustering{}, err
	}
	if data != nil && o.Covariance == nil {
		if o.Covariance, err = covariance(backend, run, data.Val.Images); err != nil {
			return features.Clustering{}, err
		}
	}
	return features.Cluster(r.Weights, o)
}

func covariance(backend compute.Backend, run *runfolder.Folder, images datasets.Images) ([]float64, error) {
	p, err := predict.Open(backend, run)
	if err != nil {
		return nil, err
	}
	defer p.Close() //nolint:errcheck // frees memory only
	return p.Covariance(images)
}

// Report is a clustering as the command line prints it.
type Report struct {
	K          int           `json:"k"`
	Labels     []int         `json:"labels"`     // [neurons], by decreasing size of the cluster; -1 for a neuron without weights
	Sizes      []int         `json:"sizes"`      // [k]
	Silhouette number.Float  `json:"silhouette"` // null for one cluster
	ARITruth   *number.Float `json:"ari_truth,omitempty"`
	Stability  *Stability    `json:"stability,omitempty"`
}

// Stability is how well clusterings of several runs agree: the adjusted Rand index of each pair.
type Stability struct {
	Mean number.Float `json:"ari_mean"`
	SD   number.Float `json:"ari_sd"` // null for two runs, which are one pair
	Runs int          `json:"runs"`
}

// Compare reports the first of several clusterings of the same neurons, how well it agrees with the truth (nil where unknown), and, if there
// are others, how well all agree.
func Compare(clusterings []features.Clustering, truth *datasets.Truth) (*Report, error) {
	if len(clusterings) == 0 {
		return nil, fmt.Errorf("celltypes: no clustering to report; at least 1 is needed")
	}
	c := clusterings[0]
	r := &Report{K: c.K, Labels: c.Labels, Sizes: c.Sizes, Silhouette: number.Float(c.Silhouette)}
	if truth != nil {
		if len(truth.Type) != len(c.Labels) {
			return nil, fmt.Errorf("celltypes: %d neurons were clustered, the truth is about %d", len(c.Labels), len(truth.Type))
		}
		if ari := features.ARI(c.Labels, truth.Type); !math.IsNaN(ari) {
			r.ARITruth = (*number.Float)(&ari)
		}
	}
	if len(clusterings) > 1 {
		var sets [][]int
		for _, c := range clusterings {
			sets = append(sets, c.Labels)
		}
		mean, sd, err := features.Stability(sets)
		if err != nil {
			return nil, err
		}
		r.Stability = &Stability{Mean: number.Float(mean), SD: number.Float(sd), Runs: len(sets)}
	}
	return r, nil
}
