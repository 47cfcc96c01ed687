package report

import (
	"context"

	"v1lab/datasets"
	"v1lab/notebooks/figures"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/features"
)

func init() {
	Register(Entry{Name: "embedding", Section: SectionCellTypes, Place: 90, Verbs: []string{VerbCluster},
		Caption: "Neurons in the plane of the first two principal components of their aligned weights, of their tuning or of the spectra of their most exciting images; a ring marks each cluster's medoid.",
		Draw: func(ctx context.Context, m *Material) (*figures.Figure, error) {
			types, err := m.Types(ctx)
			if err != nil {
				return nil, err
			}
			return Embedding(types, m.groupedTruth())
		}})
	Register(Entry{Name: "aligned", Section: SectionCellTypes, Place: 100, Verbs: []string{VerbCluster},
		Caption: "Weights of every neuron, aligned over orientation and sorted by cluster.",
		Draw: func(ctx context.Context, m *Material) (*figures.Figure, error) {
			types, err := m.Types(ctx)
			if err != nil {
				return nil, err
			}
			if m.withoutWeights() {
				return nil, nil //nolint:nilnil // no weights were aligned
			}
			return AlignedWeights(types, m.Truth())
		}})
	Register(Entry{Name: "templates", Section: SectionCellTypes, Place: 110, Verbs: []string{VerbFigures, VerbCluster},
		Caption: "Templates: mean aligned weights of each cluster, over orientation relative to the neuron's own.",
		Draw: func(ctx context.Context, m *Material) (*figures.Figure, error) {
			c, err := m.Clustering(ctx)
			if err != nil || m.withoutWeights() {
				return nil, err
			}
			return Templates(c)
		}})
	Register(Entry{Name: "clusters", Section: SectionCellTypes, Place: 150, Verbs: []string{VerbFigures, VerbCluster},
		Caption: "Number of neurons of each true type in each cluster.",
		Draw: func(ctx context.Context, m *Material) (*figures.Figure, error) {
			if m.Truth() == nil {
				return nil, nil //nolint:nilnil // nothing to draw
			}
			c, err := m.Clustering(ctx)
			if err != nil {
				return nil, err
			}
			return Clusters(c, m.groupedTruth())
		}})
	Register(Entry{Name: "consistency", Section: SectionFits, Place: 160, Verbs: []string{VerbCluster},
		Caption: "Overlap of each cluster with the other fits, and the share of fits that agree on each neuron.",
		Draw: func(ctx context.Context, m *Material) (*figures.Figure, error) {
			found, err := m.Found(ctx)
			if err != nil || found.Stability == nil {
				return nil, err
			}
			return Consistency(found.Labels, found.Stability.Consistency)
		}})
}

// withoutWeights says that neurons were grouped by something else than weights, whose figures then show nothing.
func (m *Material) withoutWeights() bool {
	return m.given.Types != nil && m.given.Types.From != celltypes.ByWeights
}

// groupedTruth is the truth about the neurons that were grouped.
func (m *Material) groupedTruth() *datasets.Truth {
	if m.given.Types == nil {
		return m.Truth()
	}
	return m.given.Types.Truth(m.Truth())
}

// Embedding draws the neurons in the plane of the first two principal components of their aligned weights, coloured by cluster and by true type (truth
// may be nil). Medoids have a ring. tips, such as those of TipsOf, are shown by the interactive figure.
func Embedding(a *celltypes.Analysis, truth *datasets.Truth, tips ...figures.Tip) (*figures.Figure, error) {
	types, names := typesOf(truth)
	var medoids []int
	for _, e := range a.Exemplars {
		if len(e) > 0 {
			medoids = append(medoids, e[0])
		}
	}
	return figures.Embedding(figures.EmbeddingData{At: a.Embedding.At, Explained: a.Embedding.Explained, Cluster: a.Clustering.Labels, Truth: types, Types: names, Exemplars: medoids, Tips: tips})
}

// AlignedWeights draws the weights of all neurons, aligned over orientation and sorted by cluster. truth may be nil.
func AlignedWeights(a *celltypes.Analysis, truth *datasets.Truth) (*figures.Figure, error) {
	types, names := typesOf(truth)
	w := a.Alignment.Weights()
	return figures.AlignedWeights(figures.AlignedWeightsData{Values: w.Values, Rotations: w.Rotations, Features: w.Features, Cluster: a.Clustering.Labels, Truth: types, Types: names})
}

// Consistency draws which clusters and neurons are found again in other fits. labels are those of the reference fit, [neurons].
func Consistency(labels []int, c features.Consistency) (*figures.Figure, error) {
	d := figures.ConsistencyData{Mean: features.BelievedMean, Smallest: features.Dissolved, Cluster: labels, Neurons: c.Neurons}
	for _, cluster := range c.Clusters {
		d.Jaccard, d.Believed = append(d.Jaccard, cluster.Jaccard), append(d.Believed, cluster.Believed)
	}
	return figures.Consistency(d)
}

// Clusters draws the number of neurons of each true type in each cluster.
func Clusters(c features.Clustering, truth *datasets.Truth) (*figures.Figure, error) {
	types, names := typesOf(truth)
	counts, err := features.Confusion(c.Labels, types)
	if err != nil {
		return nil, err
	}
	for len(counts) < c.K {
		counts = append(counts, nil)
	}
	for i := range counts { // rows may lack types that no neuron has
		for len(counts[i]) < len(names) {
			counts[i] = append(counts[i], 0)
		}
	}
	return figures.Clusters(counts, names)
}

// Templates draws the mean weights of each cluster, over orientation relative to the neuron's own.
func Templates(c features.Clustering) (*figures.Figure, error) {
	return figures.ClusterTemplates(c.Templates.Values, c.Templates.Rotations, c.Templates.Features, c.Sizes)
}
