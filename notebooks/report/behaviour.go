package report

import (
	"context"
	"math"
	"slices"

	"v1lab/datasets"
	"v1lab/notebooks/figures"
	"v1lab/v1model"
	"v1lab/v1model/fitted"
	"v1lab/v1model/weights"
)

func init() {
	Register(Entry{Name: "behaviour", Section: SectionPrediction, Place: 145, Verbs: []string{VerbFigures},
		Caption: "What covariates do, each from 2 SD below its training mean to 2 SD above, the others at their means: the rate relative to that at the mean, averaged over neurons and validation images, and how far the readouts move, in pixels of the feature maps. Sessions with a gain or a shifter of their own have a line each.",
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
	b := behaviour{m.Run, model, w}
	var panels []figures.TrendPanel
	if data := m.Recording(); data != nil {
		for _, name := range c.Modulation.Covariates {
			panel := figures.TrendPanel{XLabel: name, YLabel: "relative rate", Line: 1, LineName: "training mean"}
			for _, s := range b.sessions(c.Modulation.Each()) {
				rates, err := b.rates(ctx, data, name, s)
				if err != nil {
					return nil, err
				}
				panel.Trends = append(panel.Trends, figures.Trend{Name: s.called("rate"), X: b.values(name, s), Values: rates})
			}
			panels = append(panels, panel)
		}
	}
	for i, name := range c.Shifter.Covariates {
		height, width, _ := model.Core.OutputShape()
		panel := figures.TrendPanel{XLabel: name, YLabel: "shift (pixels)", Line: math.NaN()}
		for _, s := range b.sessions(c.Shifter.Each()) {
			right, down := figures.Trend{Name: s.called("to the right"), X: b.values(name, s)}, figures.Trend{Name: s.called("down"), X: b.values(name, s)}
			for _, sds := range behaviourSteps {
				z := make([]float32, len(c.Shifter.Covariates))
				z[i] = float32(sds)
				shift := c.Shifter.At(model.OfSession(w, s.index), z)
				right.Values = append(right.Values, []float64{shift[0] * float64(width-1) / 2})
				down.Values = append(down.Values, []float64{shift[1] * float64(height-1) / 2})
			}
			panel.Trends = append(panel.Trends, right, down)
		}
		panels = append(panels, panel)
	}
	if len(panels) == 0 {
		return nil, nil //nolint:nilnil // channels without a recording
	}
	return figures.Trends(panels...)
}

// behaviour is a run that takes covariates.
type behaviour struct {
	run   *fitted.Run
	model *v1model.Model
	w     weights.Values
}

// session is one of several, with a gain or a shifter of its own; for a part that all share it has no name, and all neurons.
type session struct {
	name           string
	index          int
	first, neurons int
}

func (s session) called(name string) string {
	if s.name == "" {
		return name
	}
	return s.name + ", " + name
}

// sessions lists those that have a part of their own, or one entry for all.
func (b behaviour) sessions(each bool) (list []session) {
	if !each || !b.model.BySession() {
		return []session{{neurons: b.model.Shape.Neurons}}
	}
	first := 0
	for k, s := range b.run.Dataset.Sessions {
		list = append(list, session{s.Name, k, first, s.Neurons})
		first += s.Neurons
	}
	return list
}

// values lists the values of a covariate in the figure.
func (b behaviour) values(name string, s session) (values []float64) {
	means, sds := b.model.Scale(b.w, s.index, s.name != "")
	j := slices.Index(b.run.Config.Covariates(), name)
	for _, steps := range behaviourSteps {
		values = append(values, float64(means[j])+steps*float64(sds[j]))
	}
	return values
}

// rates returns the rate at each value of a covariate, divided by that at its mean, averaged over images and the session's neurons. Other covariates are at
// their means.
func (b behaviour) rates(ctx context.Context, data *datasets.Dataset, name string, s session) ([][]float64, error) {
	images := data.Val.Images
	images.N = min(images.N, behaviourImages)
	images.Pixels = images.Pixels[:images.N*images.Size()]
	mean := func(value float64) (float64, error) {
		c := datasets.Covariates{Names: b.run.Config.Covariates()}
		for range images.N {
			for _, other := range c.Names {
				v := math.NaN()
				if other == name {
					v = value
				}
				c.Values = append(c.Values, float32(v))
			}
		}
		rates, err := b.run.RatesAt(ctx, images, c)
		if err != nil {
			return 0, err
		}
		sum := 0.0
		for i := range rates.N {
			for _, v := range rates.At(i)[s.first : s.first+s.neurons] {
				sum += float64(v)
			}
		}
		return sum / float64(rates.N*s.neurons), nil
	}
	still, err := mean(math.NaN())
	if err != nil {
		return nil, err
	}
	var relative [][]float64
	for _, value := range b.values(name, s) {
		v, err := mean(value)
		if err != nil {
			return nil, err
		}
		relative = append(relative, []float64{v / still})
	}
	return relative, nil
}
