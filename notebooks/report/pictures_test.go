package report_test

import (
	"math"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/notebooks/figures"
	"v1lab/notebooks/figures/figurestest"
	"v1lab/notebooks/report"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/experiments/compare"
	"v1lab/v1model/features"
	"v1lab/v1model/insilico"
	"v1lab/v1model/jsonfloat"
)

// toy is twelve made-up neurons of three types whose every array looks different from the others, so that a picture of the wrong one differs from the
// stored. Neuron 5 is dead, neuron 9 has no ceiling.
type toy struct {
	truth         *datasets.Truth
	sparse, dense report.Readout
	layout        report.Layout
	fields        *insilico.Fields
	images        *insilico.MEIs
	tuning        *insilico.Tuning
	scores        *evaluate.Report
	types         *celltypes.Analysis
	consistency   features.Consistency
}

const (
	toyNeurons, toySize, toyDead     = 12, 16, 5
	toyRotations, toyFeatures, tries = 8, 3, 2
)

func newToy(t *testing.T) toy {
	t.Helper()
	d := toy{truth: &datasets.Truth{TypeNames: []string{"simple", "complex", "corner"}}}
	var sparse, dense []float32
	for n := range toyNeurons {
		angle := 2 * math.Pi * float64(n) / toyNeurons
		d.truth.Type, d.truth.Orientation = append(d.truth.Type, n%3), append(d.truth.Orientation, angle)
		d.truth.X, d.truth.Y = append(d.truth.X, 7+float64(n%4)), append(d.truth.Y, 6+float64(n%5))
		for r := range toyRotations {
			for f := range toyFeatures {
				w := math.Cos(angle - 2*math.Pi*float64(r)/toyRotations)
				s := 0.0
				if f == n%3 {
					s = max(0, w)
				} else if f == (n+1)%3 && n%2 == 0 {
					s = min(0, 0.4*w)
				}
				e := 0.3*w + 0.2*math.Sin(float64(1+n+5*f))
				if n == toyDead {
					s, e = 0, 0
				}
				sparse, dense = append(sparse, float32(s)), append(dense, float32(e))
			}
		}
	}
	weights := func(values []float32) features.Weights {
		return features.Weights{Neurons: toyNeurons, Rotations: toyRotations, Features: toyFeatures, Values: values}
	}
	d.sparse = report.Readout{Name: "joint L1 readout", Weights: weights(sparse), Threshold: 0.01}
	d.dense = report.Readout{Name: "dense readout", Weights: weights(dense), Threshold: 0.003}
	d.layout = report.Layout{Power: d.sparse.Weights.Power(), Height: toySize, Width: toySize, Size: 11}
	d.experiments()

	d.scores = &evaluate.Report{Ceiling: 0.8}
	for n := range toyNeurons {
		one := evaluate.Neuron{ID: "n", TestCorr: jsonfloat.Float(0.4 + 0.03*float64(n)), ValCorr: 0.3, Ceiling: jsonfloat.Float(0.9 - 0.01*float64(n))}
		if n == 9 {
			one.Ceiling = jsonfloat.Float(math.NaN())
		}
		d.scores.Neurons = append(d.scores.Neurons, one)
	}

	method, err := features.MethodByName("kmeans")
	if err != nil {
		t.Fatal(err)
	}
	d.types = &celltypes.Analysis{Method: "kmeans"}
	if d.types.Alignment, err = features.Align(d.sparse.Weights, features.Options{K: 3, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	if d.types.Clustering, err = d.types.Alignment.Cluster(features.Options{K: 3, Seed: 1, Method: method}); err != nil {
		t.Fatal(err)
	}
	d.types.Embedding = d.types.Alignment.Embed()
	if d.types.Exemplars, err = d.types.Alignment.Exemplars(d.types.Clustering.Labels, 3, 3); err != nil {
		t.Fatal(err)
	}
	other := append([]int{}, d.types.Clustering.Labels...)
	other[0], other[3] = (other[0]+1)%3, (other[3]+1)%3
	if d.consistency, err = features.Consistent([][]int{d.types.Clustering.Labels, other, d.types.Clustering.Labels}); err != nil {
		t.Fatal(err)
	}
	return d
}

// experiments makes fields, images and tuning.
func (d *toy) experiments() {
	d.fields, d.images = &insilico.Fields{}, &insilico.MEIs{}
	d.tuning = &insilico.Tuning{Optimal: &insilico.Optimal{}, Axes: insilico.DefaultAxes()}
	nan := math.NaN()
	var raw, masked, images, rates, orientation, frequency, phase, sizes, plaids []float32
	for n := range toyNeurons {
		dead := n == toyDead
		value := func(v float64) float32 {
			if dead {
				return float32(nan)
			}
			return float32(v)
		}
		row, column := 6+n%5, 7+n%4
		d.layout.Centres = append(d.layout.Centres, [2]int{row, column})
		sin, cos := math.Sincos(math.Pi * float64(n) / toyNeurons)
		picture := func(f func(u, r float64) float64) (out []float32) {
			for p := range toySize * toySize {
				x, y := float64(p%toySize-column), float64(row-p/toySize)
				out = append(out, value(f(cos*x+sin*y, math.Hypot(x, y))))
			}
			return out
		}
		raw = append(raw, picture(func(u, r float64) float64 { return math.Exp(-r*r/18) * math.Cos(0.9*u) })...)
		masked = append(masked, picture(func(u, r float64) float64 { return math.Exp(-r*r/4) * math.Cos(0.9*u) })...)
		for k := range tries {
			images = append(images, picture(func(u, r float64) float64 { return math.Exp(-r*r/30) * math.Sin(1.3*u+float64(k)) })...)
			rates = append(rates, value(1+float64((n+k)%3)))
		}
		d.fields.Neurons, d.fields.Dead = append(d.fields.Neurons, n), append(d.fields.Dead, dead)
		g := insilico.Gabor{X: float64(column), Y: float64(row) + 0.5, Size: 9, Frequency: 0.15, Contrast: 4, Orientation: math.Pi * float64(n) / toyNeurons, Phase: 1}
		if dead {
			g = insilico.Gabor{X: nan, Y: nan, Size: nan, Frequency: nan, Contrast: nan, Orientation: nan, Phase: nan}
		}
		o := d.tuning.Optimal
		o.Neurons, o.Gabors, o.Dead, o.Rates = append(o.Neurons, n), append(o.Gabors, g), append(o.Dead, dead), append(o.Rates, value(3))
		d.tuning.Grey = append(d.tuning.Grey, value(0.3))
		a := d.tuning.Axes
		for _, v := range a.Orientations {
			orientation = append(orientation, value(0.4+math.Pow(math.Cos(v-d.truth.Orientation[n]-math.Pi/2-0.05), 2)))
		}
		for _, v := range a.Frequencies {
			frequency = append(frequency, value(0.4+math.Exp(-math.Pow(math.Log(v*float64(5+n%3)), 2))))
		}
		for _, v := range a.Phases {
			phase = append(phase, value(1+0.3*float64(n%3)*math.Cos(v-float64(n))))
		}
		for i := range a.Sizes {
			for j := range a.Contrasts {
				sizes = append(sizes, value(0.3+float64(j)*math.Exp(-math.Pow(float64(i)-4, 2)/float64(6+4*(n%3)))))
			}
		}
		for i := range a.PlaidContrasts {
			for j := range a.PlaidContrasts {
				plaids = append(plaids, value(0.3+float64(j)/(1+0.1*float64(i*(n%3)))))
			}
		}
	}
	pictures := func(v []float32) array.Array { return array.New(v, toyNeurons, toySize, toySize) }
	d.fields.Raw, d.fields.Masked = pictures(raw), pictures(masked)
	d.images.Neurons, d.images.Dead = d.fields.Neurons, d.fields.Dead
	d.images.Images, d.images.Rates = array.New(images, toyNeurons, tries, toySize, toySize), array.New(rates, toyNeurons, tries)
	curves := func(v []float32) array.Array { return array.New(v, toyNeurons, len(v)/toyNeurons) }
	d.tuning.Orientation, d.tuning.Frequency, d.tuning.Phase = curves(orientation), curves(frequency), curves(phase)
	d.tuning.SizeContrast = array.New(sizes, toyNeurons, len(d.tuning.Axes.Sizes), len(d.tuning.Axes.Contrasts))
	d.tuning.Plaids = array.New(plaids, toyNeurons, len(d.tuning.Axes.PlaidContrasts), len(d.tuning.Axes.PlaidContrasts))
}

// Figures look as they were stored: each shows its own arrays of its own neurons, and marks the dead one or leaves it out. Nothing here is computed on a
// device, so the pictures are the same everywhere; the tolerance is that of package figures, for the rounding of fonts.
func TestPictures(t *testing.T) {
	d := newToy(t)
	l, tuned := d.layout, report.TunedOf(d.tuning, d.truth)
	fits := []compare.Fit{{Seed: 1, ValLoss: 97, TestCorr: 0.71}, {Seed: 2, ValLoss: 96, TestCorr: 0.74}}
	models := &compare.Report{Ceiling: 0.83, Models: []compare.Row{{Name: "first", Fits: fits, Best: fits[1]}, {Name: "second", Fits: fits[:1], Best: fits[0]}}}
	methods, err := report.ByMethod(d.types, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, draw := range map[string]func() (*figures.Figure, error){
		"weights_in_use":     func() (*figures.Figure, error) { return report.WeightsInUse(d.sparse, d.dense) },
		"active_features":    func() (*figures.Figure, error) { return report.ActiveFeatures(d.sparse, d.dense) },
		"strongest_feature":  func() (*figures.Figure, error) { return report.StrongestFeature(d.sparse, d.dense) },
		"feature_use":        func() (*figures.Figure, error) { return report.FeatureUse(d.sparse) },
		"receptive_fields":   func() (*figures.Figure, error) { return report.ReceptiveFields(l, d.fields.Neurons, d.fields.Raw) },
		"fields_masked":      func() (*figures.Figure, error) { return report.ReceptiveFields(l, d.fields.Neurons, d.fields.Masked) },
		"most_exciting":      func() (*figures.Figure, error) { return report.MostExciting(l, d.images) },
		"most_exciting_each": func() (*figures.Figure, error) { return report.MostExcitingEach(l, d.images, []int{4, toyDead, 2}) },
		"exemplars": func() (*figures.Figure, error) {
			return report.Exemplars(l, d.types.Exemplars, d.fields, d.images, d.truth.Type, d.truth.TypeNames)
		},
		"exemplar_fields":     func() (*figures.Figure, error) { return report.ExemplarFields(l, d.types.Exemplars, d.fields) },
		"tuning":              func() (*figures.Figure, error) { return report.Tuning(d.tuning, []int{3, toyDead, 1}) },
		"orientations":        func() (*figures.Figure, error) { return report.Orientations(tuned, 22.5) },
		"tuning_measures":     func() (*figures.Figure, error) { return report.TuningMeasures(tuned) },
		"correlation":         func() (*figures.Figure, error) { return report.CorrelationHistogram(d.scores) },
		"correlation_scatter": func() (*figures.Figure, error) { return report.CorrelationScatter(d.scores, d.truth) },
		"comparison":          func() (*figures.Figure, error) { return report.Comparison(models) },
		"clusters":            func() (*figures.Figure, error) { return report.Clusters(d.types.Clustering, d.truth) },
		"templates":           func() (*figures.Figure, error) { return report.Templates(d.types.Clustering) },
		"embedding":           func() (*figures.Figure, error) { return report.Embedding(d.types, d.truth) },
		"aligned":             func() (*figures.Figure, error) { return report.AlignedWeights(d.types, d.truth) },
		"consistency":         func() (*figures.Figure, error) { return report.Consistency(d.types.Clustering.Labels, d.consistency) },
		"choices":             func() (*figures.Figure, error) { return report.Choices(methods) },
	} {
		t.Run(name, func(t *testing.T) {
			figure, err := draw()
			if err != nil {
				t.Fatal(err)
			}
			figurestest.Compare(t, figure, 96, name)
		})
	}
}
