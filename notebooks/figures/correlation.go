package figures

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"v1lab/datasets/stats"
)

// CorrelationHistogram draws the distribution of test correlations over neurons, together with that of their ceilings (nil: none), and marks the
// means. NaN is left out. It is an error if no correlation is a number or the slices differ in length.
func CorrelationHistogram(corr, ceiling []float64) (*Figure, error) {
	if ceiling != nil && len(ceiling) != len(corr) {
		return nil, fmt.Errorf("figures: correlation histogram: found %d correlations and %d ceilings; one of each per neuron is needed", len(corr), len(ceiling))
	}
	if err := checkCorrelations("correlation histogram", corr); err != nil {
		return nil, err
	}
	const width = 0.05
	lowest := 0.0
	for _, v := range corr {
		if v < lowest {
			lowest = v
		}
	}
	p, l := shares("Test correlation", math.Floor(lowest/width)*width, width, corr, ceiling, "model", "ceiling")
	means(p, []color.Color{blue, vermillion}, stats.Mean(corr), stats.Mean(ceiling))
	return plotFigure(p, 4.6*vg.Inch, 3*vg.Inch, append(l, meansEntry)), nil
}

// shares draws a filled histogram of values up to 1, in bins from start on, and the outline of a second one (nil: none).
func shares(label string, start, width float64, first, second []float64, firstName, secondName string) (*plot.Plot, legend) {
	counts, tallest := count(first, start, width)
	outline, highest := count(second, start, width)
	p := newPlot(label, "Neurons")
	p.Y.Tick.Marker = evenTicks{whole: true}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = start, 1, 0, 1.15*max(tallest, highest, 1)
	p.Add(steps{start, width, counts, lightBlue, nil})
	l := legend{{firstName, steps{fill: lightBlue}}}
	if second != nil {
		p.Add(steps{start, width, outline, nil, vermillion})
		l = append(l, entry{secondName, steps{line: vermillion}})
	}
	return p, l
}

// CorrelationScatter draws each neuron's test correlation over its ceiling, coloured by group (nil: all the same colour), and the line of a
// perfect model. names are those of the groups 0, 1, ...; nil leaves the legend out. Negative groups are grey. tips are shown by the interactive
// figure. Neurons where either number is NaN are left out. It is an error if none remains or the slices differ in length.
func CorrelationScatter(ceiling, corr []float64, group []int, names []string, tips ...Tip) (*Figure, error) {
	if len(ceiling) != len(corr) || group != nil && len(group) != len(corr) {
		return nil, fmt.Errorf("figures: correlation scatter: found %d ceilings, %d correlations, %d groups; one of each per neuron is needed", len(ceiling), len(corr), len(group))
	}
	if err := checkCorrelations("correlation scatter", corr); err != nil {
		return nil, err
	}
	if err := checkTips("correlation scatter", tips, len(corr)); err != nil {
		return nil, err
	}
	p := newPlot("Ceiling", "Test correlation")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
	byGroup, largest := map[int]plotter.XYs{}, -1
	for n, c := range ceiling {
		if math.IsNaN(c) || math.IsNaN(corr[n]) {
			continue
		}
		g := 0
		if group != nil {
			g = max(group[n], -1)
		}
		byGroup[g] = append(byGroup[g], plotter.XY{X: c, Y: corr[n]})
		p.Y.Min = min(p.Y.Min, math.Floor(corr[n]*5)/5)
		largest = max(largest, g)
	}
	if len(byGroup) == 0 {
		return nil, fmt.Errorf("figures: correlation scatter: found no neuron with both a correlation and a ceiling; at least one is needed")
	}
	p.Add(segment{0, 0, 1, 1, draw.LineStyle{Color: grey, Width: vg.Points(0.8), Dashes: []vg.Length{3, 3}}})
	var l legend
	for g := -1; g <= largest; g++ {
		d := dots{byGroup[g], category(g)}
		p.Add(d)
		if g >= 0 && g < len(names) && group != nil {
			l = append(l, entry{names[g], d})
		}
	}
	f := plotFigure(p, 3.8*vg.Inch, 3.6*vg.Inch, l)
	f.height += legendLine * vg.Length(l.rows(f.width-52))
	all := grouping{"", make([]int, len(corr)), func(int) string { return "" }}
	if group != nil && names != nil {
		all = grouping{"true type", group, func(g int) string { return typeName(g, names) }}
	}
	c := cloud{xLabel: "Ceiling", yLabel: "Test correlation", x: ceiling, y: corr, xEnds: [2]float64{p.X.Min, p.X.Max}, yEnds: [2]float64{p.Y.Min, p.Y.Max}, told: true, tips: tips}
	f.interactive = c.vegaLite([]grouping{all}, list{lineThrough(c.xLabel, c.yLabel, [2]float64{0, 0}, [2]float64{1, 1})}, "")
	return f, nil
}

// checkCorrelations returns an error if no value is a number or one lies outside [-1, 1] by more than rounding.
func checkCorrelations(what string, corr []float64) error {
	numbers := 0
	for n, v := range corr {
		if math.Abs(v) > 1+1e-6 {
			return fmt.Errorf("figures: %s: found a correlation of %v for neuron %d; accepted are -1 to 1", what, v, n)
		}
		if v == v {
			numbers++
		}
	}
	if numbers == 0 {
		return fmt.Errorf("figures: %s: found %d neurons without a correlation; at least one is needed", what, len(corr))
	}
	return nil
}

// count counts values in bins from start to 1. Values outside count in the nearest bin.
func count(values []float64, start, width float64) (counts []float64, highest float64) {
	counts = make([]float64, int(math.Round((1-start)/width)))
	for _, v := range values {
		if v == v {
			bin := min(max(int(math.Floor((v-start)/width+1e-9)), 0), len(counts)-1)
			counts[bin]++
			highest = max(highest, counts[bin])
		}
	}
	return counts, highest
}

// mean is a vertical line; at is NaN where there is none.
type mean struct {
	at  float64
	clr color.Color
}

// means marks up to two means. It leaves out those outside the frame.
func means(p *plot.Plot, colors []color.Color, at ...float64) {
	for i, m := range at {
		if m < p.X.Min {
			continue
		}
		align := draw.XCenter
		if other := at[1-i]; math.Abs(m-other) < 0.13*(p.X.Max-p.X.Min) { // numbers side by side would touch
			align = draw.XLeft
			if m < other || m == other && i == 0 {
				align = draw.XRight
			}
		}
		mean{m, colors[i]}.mark(p, align)
	}
}

var meansEntry = entry{"means", segment{style: draw.LineStyle{Color: ink, Width: vg.Points(1.2), Dashes: []vg.Length{4, 2}}}}

func (m mean) mark(p *plot.Plot, align text.XAlignment) {
	if m.at == m.at {
		p.Add(segment{m.at, 0, m.at, p.Y.Max * 0.93, draw.LineStyle{Color: m.clr, Width: vg.Points(1.4), Dashes: []vg.Length{4, 2}}},
			note{m.at, p.Y.Max * 0.94, " " + hundredths(m.at) + " ", align, draw.YBottom})
	}
}

// hundredths writes two decimals, and no sign before 0.00.
func hundredths(v float64) string {
	return strings.Replace(fmt.Sprintf("%.2f", math.Round(100*v)/100+0), "-", "\u2212", 1)
}

// steps is a histogram, filled or outlined.
type steps struct {
	start, width float64
	counts       []float64
	fill, line   color.Color
}

// Plot implements plot.Plotter.
func (s steps) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	outline := []vg.Point{{X: x(s.start), Y: y(0)}}
	for i, n := range s.counts {
		left, right := x(s.start+float64(i)*s.width), x(s.start+float64(i+1)*s.width)
		if s.fill != nil && n > 0 {
			c.FillPolygon(s.fill, corners(vg.Rectangle{Min: vg.Point{X: left + 0.4, Y: y(0)}, Max: vg.Point{X: right - 0.4, Y: y(n)}}))
		}
		outline = append(outline, vg.Point{X: left, Y: y(n)}, vg.Point{X: right, Y: y(n)})
	}
	if s.line != nil {
		outline = append(outline, vg.Point{X: x(s.start + float64(len(s.counts))*s.width), Y: y(0)})
		c.StrokeLines(draw.LineStyle{Color: s.line, Width: vg.Points(1.2)}, outline)
	}
}

// Thumbnail implements plot.Thumbnailer.
func (s steps) Thumbnail(c *draw.Canvas) {
	r := vg.Rectangle{Min: vg.Point{X: c.Min.X + 2, Y: c.Min.Y + 1}, Max: vg.Point{X: c.Max.X, Y: c.Max.Y - 1}}
	if s.fill != nil {
		c.FillPolygon(s.fill, corners(r))
	}
	if s.line != nil {
		frame(*c, r, s.line, vg.Points(1.2))
	}
}

// dots are the neurons of one group.
type dots struct {
	at   plotter.XYs
	fill color.NRGBA
}

// Plot implements plot.Plotter.
func (d dots) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	radius := vg.Points(2.2)
	if len(d.at) > 1000 {
		radius = vg.Points(1.2)
	}
	fill := d.fill
	fill.A = 0xb0
	for _, v := range d.at {
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: fill, Radius: radius, Shape: draw.CircleGlyph{}}, vg.Point{X: x(v.X), Y: y(v.Y)})
	}
}

// Thumbnail implements plot.Thumbnailer.
func (d dots) Thumbnail(c *draw.Canvas) {
	at := c.Center()
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: d.fill, Radius: vg.Points(2.6), Shape: draw.CircleGlyph{}}, at)
}
