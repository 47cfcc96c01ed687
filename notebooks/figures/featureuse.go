package figures

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// FeatureUse draws for each feature the number of weights that use it, over all neurons, and the larger share of one sign among them. The share is
// 0.5 where excitation and inhibition balance and NaN where there are no weights. It is an error if there are no features or the sizes disagree.
func FeatureUse(weights []int, signShare []float64) (*Figure, error) {
	if len(weights) == 0 || len(signShare) != len(weights) {
		return nil, fmt.Errorf("figures: feature use: found %d counts and %d shares; one of each per feature, at least one, is needed", len(weights), len(signShare))
	}
	counts, unused := make([]float64, len(weights)), 0
	tallest := 1.0
	for f, n := range weights {
		if n < 0 {
			return nil, fmt.Errorf("figures: feature use: found %d weights of feature %d; accepted are counts from 0", n, f)
		}
		if v := signShare[f]; v < 0.5-1e-9 || v > 1+1e-9 {
			return nil, fmt.Errorf("figures: feature use: found a share of %v for feature %d; accepted are 0.5 to 1", v, f)
		}
		if n == 0 {
			unused++
		}
		counts[f] = float64(n)
		tallest = max(tallest, counts[f])
	}
	panel := func(label string, b bars, low, high float64) *plot.Plot {
		p := newPlot("Feature", label)
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.6, float64(len(weights))-0.4, low, high
		p.X.Tick.Marker = evenTicks{whole: true}
		p.Add(b)
		return p
	}
	left := panel("Weights in use", bars{values: counts, fill: lightBlue}, 0, 1.05*tallest)
	right := panel("Larger share of one sign", bars{values: signShare, base: 0.5, fill: lightBlue}, 0.5, 1)
	foot := ""
	if unused > 0 {
		foot = fmt.Sprintf("Without weights in use: %d of %d features", unused, len(weights))
	}
	return panels([]*plot.Plot{left, right}, []legend{nil, nil}, 3.3*vg.Inch, 2.2*vg.Inch, foot), nil
}

// bars are at 0, 1, ... and reach from base to their values. A bar whose value is NaN is left out.
type bars struct {
	values []float64
	base   float64
	fill   color.Color
}

// Plot implements plot.Plotter.
func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, v := range b.values {
		if !math.IsNaN(v) && v != b.base {
			c.FillPolygon(b.fill, corners(vg.Rectangle{Min: vg.Point{X: x(float64(i) - 0.38), Y: y(b.base)}, Max: vg.Point{X: x(float64(i) + 0.38), Y: y(v)}}))
		}
	}
}
