package report

import (
	"context"
	"math"

	"v1lab/datasets"
	"v1lab/notebooks/figures"
	"v1lab/v1model"
	"v1lab/v1model/covariates"
	"v1lab/v1model/fitted"
)

func init() {
	Register(Entry{Name: "behaviour", Section: SectionPrediction, Place: 145, Verbs: []string{VerbFigures},
		Caption: "What covariates do, each from 2 SD below its training mean to 2 SD above, the others at their means: the rate relative to that at the mean, averaged over neurons and validation images, and how far the readouts move, in pixels of the feature maps.",
		Draw:    drawBehaviour})
}

// behaviourSteps are the values of a covariate in the figure, in SDs from its training mean.
var behaviourSteps = []float64{-2, -1, 0, 1, 2}

// behaviourImages is the most validation images over which rates are averaged.
const behaviourImages = 64

func drawBehaviour(ctx context.Context, m *Material) (*figures.Figure, error) {
	c := m.Run.Config
	if len(c.Covariates()) == 0 {
		return nil, nil //nolint:nilnil // there is nothing to draw
	}
	model, w, err := m.Run.Fitted()
	if err != nil {
		return nil, err
	}
	at := newBehaviour(c, w.Float32(covariates.Mean), w.Float32(covariates.SD))
	var panels []figures.TrendPanel
	if data := m.Recording(); data != nil {
		for _, name := range c.Modulation.Covariates {
			rates, err := at.rates(ctx, m.Run, data, name)
			if err != nil {
				return nil, err
			}
			panels = append(panels, figures.TrendPanel{XLabel: name, YLabel: "relative rate", Line: 1, LineName: "training mean", Trends: []figures.Trend{{Name: "rate", X: at.values(name), Values: rates}}})
		}
	}
	for k, name := range c.Shifter.Covariates {
		height, width, _ := model.Core.OutputShape()
		right, down := figures.Trend{Name: "to the right", X: at.values(name)}, figures.Trend{Name: "down", X: at.values(name)}
		for _, sds := range behaviourSteps {
			z := make([]float32, len(c.Shifter.Covariates))
			z[k] = float32(sds)
			shift := c.Shifter.At(w, z)
			right.Values = append(right.Values, []float64{shift[0] * float64(width-1) / 2})
			down.Values = append(down.Values, []float64{shift[1] * float64(height-1) / 2})
		}
		panels = append(panels, figures.TrendPanel{XLabel: name, YLabel: "shift (pixels)", Line: math.NaN(), Trends: []figures.Trend{right, down}})
	}
	if len(panels) == 0 {
		return nil, nil //nolint:nilnil // channels without a recording
	}
	return figures.Trends(panels...)
}

// behaviour has the covariates of a run with their training means and SDs.
type behaviour struct {
	names    []string
	mean, sd map[string]float64
}

func newBehaviour(c v1model.Config, means, sds []float32) behaviour {
	b := behaviour{c.Covariates(), map[string]float64{}, map[string]float64{}}
	for i, name := range b.names {
		b.mean[name], b.sd[name] = float64(means[i]), float64(sds[i])
	}
	return b
}

// values lists the values of a covariate in the figure.
func (b behaviour) values(name string) (values []float64) {
	for _, sds := range behaviourSteps {
		values = append(values, b.mean[name]+sds*b.sd[name])
	}
	return values
}

// rates returns the rate at each value of a covariate, divided by that at its mean, averaged over neurons and images.
func (b behaviour) rates(ctx context.Context, run *fitted.Run, data *datasets.Dataset, name string) ([][]float64, error) {
	images := data.Val.Images
	images.N = min(images.N, behaviourImages)
	images.Pixels = images.Pixels[:images.N*images.Size()]
	mean := func(value float64) (float64, error) {
		c := datasets.Covariates{Names: b.names}
		for range images.N {
			for _, other := range b.names {
				v := b.mean[other]
				if other == name {
					v = value
				}
				c.Values = append(c.Values, float32(v))
			}
		}
		rates, err := run.RatesAt(ctx, images, c)
		if err != nil {
			return 0, err
		}
		sum := 0.0
		for _, v := range rates.Values {
			sum += float64(v)
		}
		return sum / float64(len(rates.Values)), nil
	}
	still, err := mean(b.mean[name])
	if err != nil {
		return nil, err
	}
	var relative [][]float64
	for _, value := range b.values(name) {
		v, err := mean(value)
		if err != nil {
			return nil, err
		}
		relative = append(relative, []float64{v / still})
	}
	return relative, nil
}
