package report

import (
	"v1lab/datasets"
	"v1lab/notebooks/figures"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/features"
)

// Embedding draws the population in a plane, coloured by cluster and by true type (truth may be nil), medoids with a ring; tips, such as TipsOf, are
// what the interactive figure tells of each neuron.
func Embedding(a *celltypes.Analysis, truth *datasets.Truth, tips ...figures.Tip) (*figures.Figure, error) {
	types, names := typesOf(truth)
	var medoids []int
	for _, e := range a.Exemplars {
		if len(e) > 0 {
			medoids = append(medoids, e[0])
		}
	}
	return figures.Embedding(figures.Embedded{At: a.Embedding.At, Explained: a.Embedding.Explained, Cluster: a.Clustering.Labels, Truth: types, Types: names, Exemplars: medoids, Tips: tips})
}

// AlignedWeights draws every neuron's weights in the common frame, sorted by cluster; truth may be nil.
func AlignedWeights(a *celltypes.Analysis, truth *datasets.Truth) (*figures.Figure, error) {
	types, names := typesOf(truth)
	w := a.Alignment.Weights()
	return figures.AlignedWeights(figures.Aligned{Values: w.Values, Rotations: w.Rotations, Features: w.Features, Cluster: a.Clustering.Labels, Truth: types, Types: names})
}

// Consistency draws which clusters and neurons come back in other fits; labels are the reference's, [neurons].
func Consistency(labels []int, c features.Consistency) (*figures.Figure, error) {
	d := figures.Stable{Mean: features.BelievedMean, Smallest: features.Dissolved, Cluster: labels, Neurons: c.Neurons}
	for _, cluster := range c.Clusters {
		d.Jaccard, d.Believed = append(d.Jaccard, cluster.Jaccard), append(d.Believed, cluster.Believed)
	}
	return figures.Consistency(d)
}

// CellTypes draws all figures of a description; a and r belong together, truth may be nil.
func CellTypes(a *celltypes.Analysis, r *celltypes.Report, truth *datasets.Truth) ([]Named, error) {
	d := &drawer{}
	d.draw("embedding", func() (*figures.Figure, error) { return Embedding(a, truth) })
	d.draw("aligned", func() (*figures.Figure, error) { return AlignedWeights(a, truth) })
	d.draw("templates", func() (*figures.Figure, error) { return Templates(a.Clustering) })
	if truth != nil {
		d.draw("clusters", func() (*figures.Figure, error) { return Clusters(a.Clustering, truth) })
	}
	if r.Stability != nil {
		d.draw("consistency", func() (*figures.Figure, error) { return Consistency(a.Clustering.Labels, r.Stability.Consistency) })
	}
	return d.figures, d.err
}
