package figures

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"v1lab/datasets/stats"
)

// ModelScores has the scores of one model of a comparison.
type ModelScores struct {
	Name string
	Corr []float64 // test correlation of each fit, at least one
	Best int       // index of the fit with the lowest validation loss
}

// Comparison draws a row for each model, the first on top: a dot for each fit, a bar of one SD around their mean, and a ring around the fit with
// the lowest validation loss. A dashed line marks the ceiling; NaN leaves it out.
func Comparison(models []ModelScores, ceiling float64) (*Figure, error) {
	if len(models) == 0 {
		return nil, fmt.Errorf("figures: comparison: found no models; at least one is needed")
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, m := range models {
		if m.Best < 0 || m.Best >= len(m.Corr) {
			return nil, fmt.Errorf("figures: comparison: %s: the best fit is number %d of %d; accepted are 0 to one less than there are", m.Name, m.Best, len(m.Corr))
		}
		if err := checkCorrelations("comparison: "+m.Name, m.Corr); err != nil {
			return nil, err
		}
		for _, v := range m.Corr {
			if v == v {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	if ceiling == ceiling {
		lo, hi = min(lo, ceiling), max(hi, ceiling)
	}
	p := newPlot("Test correlation", "")
	p.X.Min, p.X.Max = pad(lo, hi, 0.08)
	p.Y.Min, p.Y.Max = 0.4, float64(len(models))+0.6
	p.Y.Tick.Length = 0
	var names []plot.Tick
	for i, m := range models {
		row := spread{m, float64(len(models) - i)}
		names = append(names, plot.Tick{Value: row.y, Label: m.Name})
		p.Add(row)
	}
	p.Y.Tick.Marker = plot.ConstantTicks(names)
	l := legend{{"one fit", dots{fill: blue}}, {"mean and SD", spread{}}, {"best by validation", ring{}}}
	if ceiling == ceiling {
		line := draw.LineStyle{Color: vermillion, Width: vg.Points(1.2), Dashes: []vg.Length{4, 2}}
		p.Add(segment{ceiling, p.Y.Min, ceiling, p.Y.Max, line})
		l = append(l, entry{"ceiling", segment{style: line}})
	}
	return plotFigure(p, 5.6*vg.Inch, vg.Length(len(models))*0.32*vg.Inch+0.8*vg.Inch, l), nil
}

// spread draws a model's row.
type spread struct {
	ModelScores
	y float64
}

var spreadStyle = draw.LineStyle{Color: lightGrey, Width: vg.Points(5)}

// Plot implements plot.Plotter.
func (s spread) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	mean, sd := stats.Mean(s.Corr), stats.SD(s.Corr)
	if !math.IsNaN(sd) {
		c.StrokeLines(spreadStyle, c.ClipLinesXY([]vg.Point{{X: x(mean - sd), Y: y(s.y)}, {X: x(mean + sd), Y: y(s.y)}})...)
	}
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: vg.Points(1.4)}, x(mean), y(s.y)-5, x(mean), y(s.y)+5)
	for _, v := range s.Corr {
		if v == v {
			c.DrawGlyphNoClip(draw.GlyphStyle{Color: blue, Radius: vg.Points(2.2), Shape: draw.CircleGlyph{}}, vg.Point{X: x(v), Y: y(s.y)})
		}
	}
	if best := s.Corr[s.Best]; best == best {
		ring{}.at(c, vg.Point{X: x(best), Y: y(s.y)})
	}
}

// Thumbnail implements plot.Thumbnailer.
func (s spread) Thumbnail(c *draw.Canvas) {
	at := c.Center()
	c.StrokeLine2(spreadStyle, c.Min.X, at.Y, c.Max.X, at.Y)
	c.StrokeLine2(draw.LineStyle{Color: ink, Width: vg.Points(1.4)}, at.X, at.Y-4, at.X, at.Y+4)
}
