package figures

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"v1lab/datasets/stats"
)

// NamedValues are the responses of one part of a recording.
type NamedValues struct {
	Name   string
	Values []float32
}

// ResponseHistogram draws the distribution of responses, an outline for each part, which shows whether parts have different units. Values that are
// not finite are left out. The lowest and the highest 0.5 % of all values count in the first and the last bin.
func ResponseHistogram(parts []NamedValues) (*Figure, error) {
	var all []float64
	whole := true
	for _, part := range parts {
		for _, v := range part.Values {
			if v-v == 0 {
				all = append(all, float64(v))
				whole = whole && v == float32(math.Trunc(float64(v)))
			}
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("figures: response histogram: found no finite response; at least one is needed")
	}
	ends := stats.Quantiles(all, 0.005, 0.995)
	lo, hi := ends[0], ends[1]
	width := (hi - lo) / 50
	switch {
	case whole: // counts: no bin may hold more of them than its neighbour
		width = max(1, math.Ceil((hi-lo)/50))
		lo = math.Floor(lo) - 0.5
	case width == 0:
		lo, width = lo-0.5, 1
	}
	bins := max(1, int(math.Ceil((hi-lo)/width)))
	if top := lo + float64(bins)*width; !(width > math.Abs(top)*1e-12) {
		return nil, fmt.Errorf("figures: response histogram: found values from %g to %g, too close for bins", lo, hi)
	}
	p := newPlot("Response (as recorded)", "Share of trials (%)")
	highest := 0.0
	var l legend
	for i, part := range parts {
		counts, n := make([]float64, bins), 0.0
		for _, v := range part.Values {
			if v-v == 0 {
				counts[int(min(max((float64(v)-lo)/width, 0), float64(bins-1)))]++
				n++
			}
		}
		if n == 0 {
			continue
		}
		for k := range counts {
			counts[k] *= 100 / n
		}
		highest = max(highest, slices.Max(counts))
		s := steps{lo, width, counts, nil, category(i)}
		if i == 0 {
			s.fill, s.line = lightBlue, nil
		}
		p.Add(s)
		l = append(l, entry{part.Name, s})
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = lo, lo+float64(bins)*width, 0, 1.08*highest
	return plotFigure(p, 4.6*vg.Inch, 3*vg.Inch, l), nil
}

// ResponseRanges draws quantiles of each neuron's responses, values [n, neurons] as recorded: the median, the middle 50 % and the middle 90 %.
// Neurons are sorted by their median. Values that are not finite are left out, and so are neurons without any other.
func ResponseRanges(values []float32, neurons int) (*Figure, error) {
	if neurons < 1 || len(values)%max(neurons, 1) != 0 {
		return nil, fmt.Errorf("figures: response ranges: found %d values of %d neurons; at least one whole row is needed", len(values), neurons)
	}
	var rows []fiveNumbers
	column := make([]float64, 0, len(values)/neurons)
	for j := range neurons {
		column = column[:0]
		for i := j; i < len(values); i += neurons {
			if v := values[i]; v-v == 0 {
				column = append(column, float64(v))
			}
		}
		if len(column) > 0 {
			rows = append(rows, fiveNumbers(stats.Quantiles(column, 0.05, 0.25, 0.5, 0.75, 0.95)))
		}
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("figures: response ranges: found no finite response; at least one is needed")
	}
	slices.SortStableFunc(rows, func(a, b fiveNumbers) int {
		return cmp.Or(cmp.Compare(a[2], b[2]), cmp.Compare(a[4], b[4])) // most neurons of a sparse recording have the median 0
	})
	lo, hi := 0.0, 0.0
	for _, r := range rows {
		lo, hi = min(lo, r[0]), max(hi, r[4])
	}
	lo, hi = pad(lo, hi, 0.04)
	p := newPlot("Neuron, sorted by median response", "Response (as recorded)")
	p.X.Tick.Marker = evenTicks{whole: true}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, float64(len(rows)), lo, hi
	wide := band{rows, 0, 4, lightGrey}
	half := band{rows, 1, 3, lightBlue}
	median := band{rows, 2, 2, blue}
	p.Add(wide, half, median, segment{0, 0, float64(len(rows)), 0, draw.LineStyle{Color: ink, Width: vg.Points(0.5)}})
	return plotFigure(p, 6.5*vg.Inch, 3.2*vg.Inch, legend{{"5 to 95 %", wide}, {"25 to 75 %", half}, {"median", median}}), nil
}

// fiveNumbers are quantiles of one neuron's responses, ascending.
type fiveNumbers [5]float64

// band fills the space between two quantiles, neuron i over [i, i+1]; a line where they are the same.
type band struct {
	rows     []fiveNumbers
	from, to int
	fill     color.Color
}

// Plot implements plot.Plotter.
func (b band) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var upper, lower []vg.Point
	for i, r := range b.rows {
		left, right := x(float64(i)), x(float64(i+1))
		upper = append(upper, vg.Point{X: left, Y: y(r[b.to])}, vg.Point{X: right, Y: y(r[b.to])})
		lower = append(lower, vg.Point{X: left, Y: y(r[b.from])}, vg.Point{X: right, Y: y(r[b.from])})
	}
	if b.from == b.to {
		c.StrokeLines(draw.LineStyle{Color: b.fill, Width: vg.Points(1.2)}, upper)
		return
	}
	slices.Reverse(lower)
	c.FillPolygon(b.fill, append(upper, lower...))
}

// Thumbnail implements plot.Thumbnailer.
func (b band) Thumbnail(c *draw.Canvas) {
	if b.from == b.to {
		curve{style: draw.LineStyle{Color: b.fill, Width: vg.Points(1.2)}}.Thumbnail(c)
		return
	}
	steps{fill: b.fill}.Thumbnail(c)
}
