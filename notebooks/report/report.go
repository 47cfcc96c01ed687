package report

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/notebooks/figures"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/runfolder"
)

func init() {
	Register(Entry{Name: "loss", Section: SectionFit, Place: 10, Verbs: []string{VerbFigures},
		Caption: "Training and validation loss over the steps of the fit.",
		Draw: func(_ context.Context, m *Material) (*figures.Figure, error) {
			if metrics, err := m.Run.Metrics(); err == nil && len(metrics) == 0 { // imported weights have no metrics
				return nil, nil //nolint:nilnil // nothing to draw
			}
			return LossCurve(m.Run.Folder)
		}})
	Register(Entry{Name: "filters", Section: SectionFeatures, Place: 20, Verbs: []string{VerbFigures},
		Caption: "Filters of the first layer, each at all orientations if the core has some.",
		Draw: func(ctx context.Context, m *Material) (*figures.Figure, error) {
			r, err := m.Readout()
			if err != nil {
				return nil, err
			}
			layers, err := m.Run.Filters(ctx)
			if err != nil {
				return nil, err
			}
			return Filters(layers, r.Weights.Rotations)
		}})
	Register(Entry{Name: "masks", Section: SectionPlaces, Place: 30, Verbs: []string{VerbFigures},
		Caption: "Masks of the first neurons: where they look, on the feature maps.",
		Draw: func(_ context.Context, m *Material) (*figures.Figure, error) {
			r, err := m.Readout()
			if err != nil {
				return nil, err
			}
			var neurons []datasets.Neuron
			if d := m.Recording(); d != nil {
				neurons = d.Neurons
			}
			return Masks(r, neurons)
		}})
	Register(Entry{Name: "power", Section: SectionFeatures, Place: 40, Verbs: []string{VerbFigures},
		Caption: "Share of each feature in each neuron's power; neurons are sorted by their strongest feature.",
		Draw: func(_ context.Context, m *Material) (*figures.Figure, error) {
			r, err := m.Readout()
			if err != nil {
				return nil, err
			}
			return PowerMatrix(r, m.Truth())
		}})
	Register(Entry{Name: "images", Section: SectionPlaces, Place: 120, Verbs: []string{VerbFigures},
		Caption: "The first training images.",
		Draw: func(_ context.Context, m *Material) (*figures.Figure, error) {
			d := m.Recording()
			if d == nil {
				return nil, nil //nolint:nilnil // nothing to draw
			}
			return ExampleImages(d)
		}})
	Register(Entry{Name: "correlation", Section: SectionPrediction, Place: 130, Verbs: []string{VerbFigures},
		Caption: "Distribution over neurons of the test correlation and of its ceiling.",
		Draw: func(ctx context.Context, m *Material) (*figures.Figure, error) {
			scores, err := m.Scores(ctx)
			if err != nil || scores == nil {
				return nil, err
			}
			return CorrelationHistogram(scores)
		}})
	Register(Entry{Name: "ceiling", Section: SectionPrediction, Place: 140, Verbs: []string{VerbFigures},
		Caption: "Test correlation of each neuron over its ceiling.",
		Draw: func(ctx context.Context, m *Material) (*figures.Figure, error) {
			scores, err := m.Scores(ctx)
			if err != nil || scores == nil || !scores.Ceiling.Finite() {
				return nil, err
			}
			return CorrelationScatter(scores, m.Truth())
		}})
	Register(Entry{Name: "comparison", Section: SectionFits, Place: 170,
		Caption: "Test correlation of every fit; a ring marks the fit with the lowest validation loss of each model.",
		Draw: func(_ context.Context, m *Material) (*figures.Figure, error) {
			if m.Compared() == nil {
				return nil, nil //nolint:nilnil // nothing to draw
			}
			return Comparison(m.Compared())
		}})
}

// LossCurve draws a run's training and validation loss. The fit may still be under way.
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

// CorrelationHistogram draws the distributions of test correlations and, if the recording has repeats, of ceilings.
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
	tips := slices.DeleteFunc(TipsOf(r), func(t figures.Tip) bool { return t.Name == testTip }) // the y axis shows it
	return figures.CorrelationScatter(ceiling, corr, types, names, tips...)
}

const testTip = "test correlation"

// TipsOf returns what interactive figures show about each neuron: id, correlations and explainable variance.
func TipsOf(r *evaluate.Report) []figures.Tip {
	ids := figures.Tip{Name: "id"}
	var test, val, explainable []float64
	for _, n := range r.Neurons {
		ids.Text, test, val, explainable = append(ids.Text, n.ID), append(test, float64(n.TestCorr)), append(val, float64(n.ValCorr)), append(explainable, float64(n.Explainable))
	}
	return []figures.Tip{ids, figures.NumberTip(testTip, test), figures.NumberTip("validation correlation", val), figures.NumberTip("explainable variance", explainable)}
}

// correlations returns test correlations and ceilings. known reports whether any neuron has a ceiling.
func correlations(r *evaluate.Report) (corr, ceiling []float64, known bool) {
	for _, n := range r.Neurons {
		corr, ceiling = append(corr, float64(n.TestCorr)), append(ceiling, float64(n.Ceiling))
		known = known || !math.IsNaN(float64(n.Ceiling))
	}
	return corr, ceiling, known
}

// Comparison draws the test correlations of several models' fits.
func Comparison(r *compare.Report) (*figures.Figure, error) {
	var rows []figures.ModelScores
	for _, m := range r.Models {
		if m.NumDiverged() == len(m.Fits) { // there is nothing to draw
			continue
		}
		row := figures.ModelScores{Name: m.Name}
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

// Filters draws the first layer's filters at all orientations, averaged over the channels of the images.
// layers are the filters of the core's layers, [size, size, channels in, rotations*features].
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

// Masks draws the masks of the first neurons, labelled by the names of neurons, which may be nil, and as dead where the readout says so.
func Masks(r Readout, neurons []datasets.Neuron) (*figures.Figure, error) {
	masks, err := r.Masks.Float32s()
	if err != nil {
		return nil, err
	}
	var ids []string
	if neurons != nil {
		ids = datasets.Names(neurons, r.Masks.Shape[0])
	}
	if slices.Contains(r.Dead, true) {
		for n := range r.Masks.Shape[0] {
			if neurons == nil {
				ids = append(ids, fmt.Sprint("neuron ", n))
			}
			if r.Dead[n] {
				ids[n] += ", dead"
			}
		}
	}
	return figures.Masks(masks, r.Masks.Shape[1], r.Masks.Shape[2], ids)
}

// PowerMatrix draws the share of each feature in each neuron's power. Neurons are sorted by their strongest feature; true types are on top (truth may
// be nil).
func PowerMatrix(r Readout, truth *datasets.Truth) (*figures.Figure, error) {
	power := r.Weights.Power()
	types, names := typesOf(truth)
	return figures.PowerMatrix(figures.PowerData{Values: power.Values, Features: power.Features, Order: power.Sorted(), Group: power.Group(), Truth: types, Types: names})
}

// ExampleImages draws the first training images, those with 3 channels in colour. Other numbers of channels are averaged.
func ExampleImages(data *datasets.Dataset) (*figures.Figure, error) {
	im := data.Train.Images
	n := min(im.N, figures.MaxTiles)
	if im.Channels == 3 {
		return figures.ExampleColourImages(im.Pixels[:n*im.Size()], im.Height, im.Width)
	}
	grey := make([]float32, n*im.Height*im.Width)
	for i := range grey {
		for c := range im.Channels {
			grey[i] += im.Pixels[i*im.Channels+c] / float32(im.Channels)
		}
	}
	return figures.ExampleImages(grey, im.Height, im.Width)
}

// typesOf returns each neuron's type and the names of the types, nil without a truth.
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
