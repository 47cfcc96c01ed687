package figures

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Rates draws the loss of training steps, as it was and smoothed, over their learning rate, which rises from step to step (logarithmic), and marks the
// suggested rate. label names the loss and its unit. Losses that are not finite are left out; it is an error if none is left.
func Rates(label string, rates, losses, smooth []float64, suggested float64) (*Figure, error) {
	if len(rates) != len(losses) || len(rates) != len(smooth) {
		return nil, fmt.Errorf("figures: rates: found %d rates, %d losses and %d smooth losses; as many of each are needed", len(rates), len(losses), len(smooth))
	}
	p := newPlot("Learning rate", label)
	p.X.Tick.Marker = decades{}
	raw := curve{style: draw.LineStyle{Color: lightBlue, Width: vg.Points(0.8)}}
	mean := curve{style: draw.LineStyle{Color: blue, Width: vg.Points(1.4)}}
	var heights []float64
	for i, rate := range rates {
		if !(rate > 0 && rate < 1e9) || i > 0 && rate <= rates[i-1] {
			return nil, fmt.Errorf("figures: rates: found %g at place %d; accepted are increasing rates above 0", rate, i)
		}
		if !drawable(losses[i]) || !drawable(smooth[i]) {
			continue
		}
		x := math.Log10(rate)
		raw.points, mean.points = append(raw.points, plotter.XY{X: x, Y: losses[i]}), append(mean.points, plotter.XY{X: x, Y: smooth[i]})
		heights = append(heights, losses[i], smooth[i])
	}
	if len(heights) == 0 {
		return nil, fmt.Errorf("figures: rates: found no finite loss; at least one is needed")
	}
	slices.Sort(heights)
	p.Y.Min, p.Y.Max = pad(heights[0], heights[(len(heights)-1)*95/100], 0.08) // single losses at high rates may lie outside
	p.X.Min, p.X.Max = pad(math.Log10(rates[0]), math.Log10(rates[len(rates)-1]), 0.02)
	p.Add(raw, mean)
	l := legend{{"of each step", raw}, {"smoothed", mean}}
	if suggested > 0 {
		x := math.Log10(suggested)
		line := draw.LineStyle{Color: grey, Width: vg.Points(0.8), Dashes: []vg.Length{3, 3}}
		p.Add(segment{x, p.Y.Min, x, p.Y.Max, line}, note{x, p.Y.Max, fmt.Sprintf(" suggested: %.2g", suggested), draw.XLeft, draw.YTop})
	}
	return plotFigure(p, 5.4*vg.Inch, 3.2*vg.Inch, l), nil
}
