package report

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/notebooks/figures"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/features"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/runfolder"
)

// LossCurve draws a run's training and validation loss; the run may still be going on.
func LossCurve(run *runfolder.Folder) (*figures.Figure, error) {
	metrics, err := run.Metrics()
	if err != nil {
		return nil, err
	}
	var points []figures.LossPoint
	for _, m := range metrics {
		points = append(points, figures.LossPoint{Step: m.Step, Loss: float64(m.TrainLoss), Validation: float64(m.ValLoss), LearningRate: m.LearningRate, Stage: m.Stage})
	}
	objective, err := run.Config.Fit.Objective()
	if err != nil {
		return nil, err
	}
	return figures.LossCurve(objective.Label(), points)
}

// CorrelationHistogram draws test correlations beside the ceilings, where repeats allow to know them.
func CorrelationHistogram(r *evaluate.Report) (*figures.Figure, error) {
	corr, ceiling, known := correlations(r)
	if !known {
		ceiling = nil
	}
	return figures.CorrelationHistogram(corr, ceiling)
}

// CorrelationScatter draws each neuron's test correlation over its ceiling, coloured by true type (truth may be nil).
// It is an error if no neuron has a ceiling.
func CorrelationScatter(r *evaluate.Report, truth *datasets.Truth) (*figures.Figure, error) {
	corr, ceiling, _ := correlations(r)
	types, names := typesOf(truth)
	tips := slices.DeleteFunc(TipsOf(r), func(t figures.Tip) bool { return t.Name == testTip }) // the place tells that
	return figures.CorrelationScatter(ceiling, corr, types, names, tips...)
}

const testTip = "test correlation"

// TipsOf is what interactive figures tell of a run's neurons: name, correlations and how reliable each is.
func TipsOf(r *evaluate.Report) []figures.Tip {
	ids := figures.Tip{Name: "id"}
	var test, val, explainable []float64
	for _, n := range r.Neurons {
		ids.Text, test, val, explainable = append(ids.Text, n.ID), append(test, float64(n.TestCorr)), append(val, float64(n.ValCorr)), append(explainable, float64(n.Explainable))
	}
	return []figures.Tip{ids, figures.NumberTip(testTip, test), figures.NumberTip("validation correlation", val), figures.NumberTip("explainable variance", explainable)}
}

// correlations also tells whether any neuron has a ceiling.
func correlations(r *evaluate.Report) (corr, ceiling []float64, known bool) {
	for _, n := range r.Neurons {
		corr, ceiling = append(corr, float64(n.TestCorr)), append(ceiling, float64(n.Ceiling))
		known = known || !math.IsNaN(float64(n.Ceiling))
	}
	return corr, ceiling, known
}

// Comparison draws the test correlations of several models' fits.
func Comparison(r *compare.Report) (*figures.Figure, error) {
	var rows []figures.Compared
	for _, m := range r.Models {
		row := figures.Compared{Name: m.Name}
		for i, f := range m.Fits {
			row.Corr = append(row.Corr, float64(f.TestCorr))
			if f.Seed == m.Best.Seed {
				row.Best = i
			}
		}
		rows = append(rows, row)
	}
	return figures.Comparison(rows, float64(r.Ceiling))
}

// Filters draws the first layer's filters at all orientations, averaged over the channels of the images if there are several.
// layers are the core's, [size, size, in, rotations*features].
func Filters(layers []array.Array, rotations int) (*figures.Figure, error) {
	if len(layers) == 0 {
		return nil, errors.New("filters: the core has no layers")
	}
	first := layers[0]
	values, err := first.Float32s()
	if err != nil {
		return nil, err
	}
	size, in, out := first.Shape[0], first.Shape[2], first.Shape[3]
	mean := make([]float32, size*size*out)
	for i, v := range values {
		mean[i/(in*out)*out+i%out] += v / float32(in)
	}
	return figures.Filters(mean, size, rotations, out/rotations)
}

// Masks draws where the first neurons look; neurons name them and may be nil.
func Masks(r Readout, neurons []datasets.Neuron) (*figures.Figure, error) {
	masks, err := r.Masks.Float32s()
	if err != nil {
		return nil, err
	}
	var ids []string
	if neurons != nil {
		ids = datasets.Names(neurons, r.Masks.Shape[0])
	}
	return figures.Masks(masks, r.Masks.Shape[1], r.Masks.Shape[2], ids)
}

// PowerMatrix draws each neuron's share of power per feature, neurons sorted by their strongest feature, true types on top (truth may be nil).
func PowerMatrix(r Readout, truth *datasets.Truth) (*figures.Figure, error) {
	power := r.Weights.Power()
	types, names := typesOf(truth)
	return figures.PowerMatrix(figures.Power{Values: power.Values, Features: power.Features, Order: power.Sorted(), Group: power.Group(), Truth: types, Types: names})
}

// Clusters draws how the true types of a simulation fall into clusters.
func Clusters(c features.Clustering, truth *datasets.Truth) (*figures.Figure, error) {
	types, names := typesOf(truth)
	counts, err := features.Confusion(c.Labels, types)
	if err != nil {
		return nil, err
	}
	for len(counts) < c.K {
		counts = append(counts, nil)
	}
	for i := range counts { // a type that no neuron has, or no type name: all rows get the width of the longer
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

// ExampleImages draws the first training images, averaged over channels if there are several.
func ExampleImages(data *datasets.Dataset) (*figures.Figure, error) {
	im := data.Train.Images
	n := min(im.N, figures.MaxTiles)
	grey := make([]float32, n*im.Height*im.Width)
	for i := range grey {
		for c := range im.Channels {
			grey[i] += im.Pixels[i*im.Channels+c] / float32(im.Channels)
		}
	}
	return figures.ExampleImages(grey, im.Height, im.Width)
}

// typesOf returns each neuron's type and the names of the types; nil without a truth.
func typesOf(truth *datasets.Truth) (types []int, names []string) {
	if truth == nil {
		return nil, nil
	}
	names = truth.TypeNames
	for _, t := range truth.Type {
		for len(names) <= t {
			names = append(names[:len(names):len(names)], fmt.Sprint("type ", len(names)))
		}
	}
	return truth.Type, names
}

// finite tells whether a number exists.
func finite(f jsonfloat.Float) bool { return !math.IsNaN(float64(f)) && !math.IsInf(float64(f), 0) }
