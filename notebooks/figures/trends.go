package figures

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Trend has several measurements of a number at each value of a quantity.
type Trend struct {
	Name   string
	X      []float64   // increasing
	Values [][]float64 // [X][fits]; NaN leaves a gap
}

// TrendPanel is one plot of trends that share a quantity.
type TrendPanel struct {
	XLabel, YLabel string
	Log            bool // logarithmic axis; all values must be above 0
	Percent        bool // the quantity is a share: label it in percent
	Trends         []Trend
	Line           float64 // a dashed line across, NaN: none
	LineName       string
	Range          [2]float64 // of the number; both 0: from the data
}

// Trends draws panels side by side, at most four in a row: a dot for each fit and a line through the means. A name has the same colour in all panels.
func Trends(panels ...TrendPanel) (*Figure, error) {
	if len(panels) == 0 {
		return nil, fmt.Errorf("figures: trends: found no panels; at least one is needed")
	}
	var names []string
	var l legend
	for _, p := range panels {
		for _, t := range p.Trends {
			if !slices.Contains(names, t.Name) {
				l = append(l, entry{t.Name, curve{style: trendStyle(len(names)), dots: true}})
				names = append(names, t.Name)
			}
		}
	}
	var plots []*plot.Plot
	lined := ""
	for _, p := range panels {
		drawn, err := p.plot(names)
		if err != nil {
			return nil, err
		}
		plots = append(plots, drawn)
		if p.Line == p.Line && p.LineName != "" && p.LineName != lined {
			lined = p.LineName
			l = append(l, entry{lined, segment{style: lineStyle}})
		}
	}
	if len(plots) == 1 {
		return plotFigure(plots[0], 4.6*vg.Inch, 3.2*vg.Inch, l), nil
	}
	return inRows(plots, l), nil
}

// mostPlaces is the most values of a quantity on a linear axis that are labelled each; of more, as where lines are measured at other values, labels would overlap.
const mostPlaces = 8

var lineStyle = draw.LineStyle{Color: grey, Width: vg.Points(1.2), Dashes: []vg.Length{4, 2}}

// trendStyle dashes all lines but the first two, densely and sparsely in turn, so that one that lies on others leaves them in sight.
func trendStyle(i int) draw.LineStyle {
	style := draw.LineStyle{Color: category(i), Width: vg.Points(1.4)}
	switch {
	case i < 2:
	case i%2 == 0:
		style.Dashes = []vg.Length{3, 3}
	default:
		style.Dashes = []vg.Length{3, 6}
	}
	return style
}

// inRows is plots of one size under one legend.
func inRows(plots []*plot.Plot, l legend) *Figure {
	const most, width, height, margin = 4, 2.5 * vg.Inch, 2.3 * vg.Inch, 8
	columns := min(len(plots), most)
	rows := (len(plots) + columns - 1) / columns
	if rows > 1 {
		columns = (len(plots) + rows - 1) / rows
	}
	full := vg.Length(columns) * width
	top := 10 + legendLine*vg.Length(l.rows(full-40))
	return &Figure{width: full, height: vg.Length(rows)*height + top, draw: func(c draw.Canvas) {
		blank(c)
		l.draw(c, vg.Point{X: c.Min.X + 30, Y: c.Max.Y - 4}, full-40)
		for i, p := range plots {
			x := c.Min.X + vg.Length(i%columns)*width
			y := c.Max.Y - top - vg.Length(i/columns+1)*height
			box := c
			box.Rectangle = rectangle(x, y, width, height)
			p.Draw(draw.Crop(box, margin, -margin, margin, -margin/2))
		}
	}}
}

// plot draws a panel; a trend's colour is that of its name's place.
func (d TrendPanel) plot(names []string) (*plot.Plot, error) {
	p := newPlot(d.XLabel, d.YLabel)
	at := func(x float64) float64 {
		if d.Log {
			return math.Log2(x)
		}
		return x
	}
	var places []float64
	lo, hi := math.Inf(1), math.Inf(-1)
	if d.Line == d.Line && !math.IsInf(d.Line, 0) {
		lo, hi = d.Line, d.Line
	}
	type line struct {
		curve
		at int
	}
	var lines []line
	var dots []struct {
		points plotter.XYs
		at     int
	}
	for _, t := range d.Trends {
		if len(t.X) == 0 || len(t.X) != len(t.Values) {
			return nil, fmt.Errorf("figures: trends: %s: found %d values of the quantity and %d sets of fits; needed are as many of both, at least one", t.Name, len(t.X), len(t.Values))
		}
		i := slices.Index(names, t.Name)
		c := curve{style: trendStyle(i), dots: true}
		var points plotter.XYs
		for k, x := range t.X {
			if math.IsNaN(x) || math.Abs(x) > 1e12 || d.Log && !(x > 1e-12) || k > 0 && x <= t.X[k-1] {
				return nil, fmt.Errorf("figures: trends: %s: found %g at place %d of the quantity; accepted are increasing numbers up to 1e12, above 0 on a logarithmic axis", t.Name, x, k)
			}
			if !slices.Contains(places, x) {
				places = append(places, x)
			}
			sum, n := 0.0, 0.0
			for _, v := range t.Values[k] {
				if math.IsNaN(v) {
					continue
				}
				if math.Abs(v) > 1e12 {
					return nil, fmt.Errorf("figures: trends: %s: found %g at %g; accepted are numbers up to 1e12, and NaN for a gap", t.Name, v, x)
				}
				sum, n = sum+v, n+1
				lo, hi = min(lo, v), max(hi, v)
				points = append(points, plotter.XY{X: at(x), Y: v})
			}
			if n > 0 {
				c.points = append(c.points, plotter.XY{X: at(x), Y: sum / n})
			}
		}
		if len(points) == 0 {
			continue
		}
		lines = append(lines, line{c, i})
		dots = append(dots, struct {
			points plotter.XYs
			at     int
		}{points, i})
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("figures: trends: found no numbers over %q; at least one is needed", d.XLabel)
	}
	slices.Sort(places)
	p.X.Min, p.X.Max = pad(at(places[0]), at(places[len(places)-1]), 0.06)
	p.Y.Min, p.Y.Max = pad(lo, hi, 0.08)
	if d.Range[0] < d.Range[1] {
		p.Y.Min, p.Y.Max = d.Range[0], d.Range[1]
	}
	var ticks []plot.Tick
	for _, x := range places {
		label := short(x)
		if d.Percent {
			label = short(100*x) + " %"
		}
		ticks = append(ticks, plot.Tick{Value: at(x), Label: label})
	}
	if d.Log || d.Percent || len(places) <= mostPlaces {
		p.X.Tick.Marker = plot.ConstantTicks(ticks)
	}
	if d.Line == d.Line && !math.IsInf(d.Line, 0) {
		p.Add(segment{p.X.Min, d.Line, p.X.Max, d.Line, lineStyle})
	}
	for _, s := range dots {
		p.Add(scattered{points: s.points, fill: s.at})
	}
	for _, s := range lines {
		p.Add(s.curve)
	}
	return p, nil
}

// scattered draws the single fits around a line.
type scattered struct {
	points plotter.XYs
	fill   int
}

// Plot implements plot.Plotter.
func (s scattered) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	faint := category(s.fill)
	faint.A = 0x80
	for _, v := range s.points {
		at := vg.Point{X: x(v.X), Y: y(v.Y)}
		if c.Contains(at) {
			c.DrawGlyph(draw.GlyphStyle{Color: faint, Radius: vg.Points(2.4), Shape: draw.CircleGlyph{}}, at)
		}
	}
}
