package figures

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// PowerData is the data of PowerMatrix. All slices except Values are [neurons].
type PowerData struct {
	Values   []float32 // [neurons, Features], shares of each neuron's power
	Features int
	Order    []int    // neurons from left to right; nil: in the order of the recording
	Group    []int    // lines are drawn where it changes, and negative ones at the end are labelled dead; nil: no lines
	Truth    []int    // true type, drawn as a strip on top; nil: no strip
	Types    []string // names of the true types
}

// PowerMatrix draws the share of each feature in each neuron's power. Columns are neurons, rows are features.
// It is an error if the sizes disagree or there are no neurons.
func PowerMatrix(d PowerData) (*Figure, error) {
	if d.Features < 1 || len(d.Values) == 0 || len(d.Values)%d.Features != 0 {
		return nil, fmt.Errorf("figures: power matrix: found %d values for %d features; at least one whole row is needed", len(d.Values), d.Features)
	}
	n := len(d.Values) / d.Features
	for _, of := range []struct {
		name string
		s    []int
	}{{"order", d.Order}, {"group", d.Group}, {"truth", d.Truth}} {
		if of.s != nil && len(of.s) != n {
			return nil, fmt.Errorf("figures: power matrix: found %d entries of %s for %d neurons; one per neuron is needed", len(of.s), of.name, n)
		}
	}
	order := slices.Clone(d.Order)
	if order == nil {
		for i := range n {
			order = append(order, i)
		}
	}
	for i, v := range order {
		if v < 0 || v >= n {
			return nil, fmt.Errorf("figures: power matrix: found neuron %d at place %d of the order; accepted are 0 to %d", v, i, n-1)
		}
	}
	values := make([]float64, n*d.Features) // [features, neurons in order]
	for i, v := range order {
		for f := range d.Features {
			values[f*n+i] = float64(d.Values[v*d.Features+f])
		}
	}
	shades := sequential(1)
	xLabel := "Neuron"
	if d.Group != nil {
		xLabel = "Neuron, sorted by group"
	}
	p := newPlot(xLabel, "Feature")
	p.X.Tick.Marker = evenTicks{whole: true}
	p.X.LineStyle.Width, p.Y.LineStyle.Width, p.Y.Tick.Length = 0, 0, 0
	top := float64(d.Features)
	p.Add(heat{d.Features, n, top, 1, func(row, col int) color.NRGBA { return shades(values[row*n+col]) }})
	line := draw.LineStyle{Color: vermillion, Width: vg.Points(0.7)}
	for i := 1; i < n && d.Group != nil; i++ {
		if x := float64(i); d.Group[order[i]] != d.Group[order[i-1]] {
			p.Add(segment{x, 0, x, top, line})
		}
	}
	p.Add(outline{0, 0, float64(n), top})
	if d.Group != nil && d.Group[order[n-1]] < 0 { // dead neurons come last
		first := n - 1
		for first > 0 && d.Group[order[first-1]] < 0 {
			first--
		}
		p.Add(label{float64(first+n) / 2, top / 2, "dead"})
	}
	p.Y.Tick.Marker = rowTicks(d.Features, top)
	var l legend
	if d.Truth != nil {
		truth := make([]int, n)
		for i, v := range order {
			truth[i] = d.Truth[v]
		}
		for _, t := range slices.Compact(slices.Sorted(slices.Values(truth))) {
			name := fmt.Sprint("type ", t)
			if t < 0 {
				name = "unknown"
			} else if t < len(d.Types) {
				name = d.Types[t]
			}
			l = append(l, entry{name, steps{fill: category(t)}})
		}
		height := max(top/14, 0.4)
		strip := top + 1.5*height
		p.Add(heat{1, n, strip, height, func(_, col int) color.NRGBA { return category(truth[col]) }})
	}
	const width, left = 6.5 * vg.Inch, 34
	above := legendLine*vg.Length(l.rows(width-left-14)) + 8
	height := vg.Length(min(max(d.Features, 5), 24))*11 + 70
	return &Figure{width: width, height: height + above, draw: func(c draw.Canvas) {
		blank(c)
		l.draw(c, vg.Point{X: c.Min.X + left, Y: c.Max.Y - 4}, width-left-14)
		p.Draw(draw.Crop(c, 6, -14, 28, -above))
		bar(c, rectangle(c.Max.X-140, c.Min.Y+18, 90, 8), shades, 0, 1, "0", "1", "Share of power")
	}}, nil
}

// rowTicks labels rows, counted from the top: all, or every second, fifth, ...
func rowTicks(rows int, top float64) plot.ConstantTicks {
	every := 1
	for _, step := range []int{2, 5, 10, 20, 50, 100} {
		if rows/every > 24 {
			every = step
		}
	}
	var ticks plot.ConstantTicks
	for i := 0; i < rows; i += every {
		ticks = append(ticks, plot.Tick{Value: top - float64(i) - 0.5, Label: fmt.Sprint(i)})
	}
	return ticks
}

// label is a text in data coordinates, centred, from below to above.
type label struct {
	x, y float64
	text string
}

// Plot implements plot.Plotter.
func (l label) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := textStyle(tickSize, draw.XCenter, draw.YCenter)
	style.Rotation = math.Pi / 2
	c.FillText(style, vg.Point{X: x(l.x), Y: y(l.y)}, l.text)
}

// outline is a frame in data coordinates.
type outline struct{ x0, y0, x1, y1 float64 }

// Plot implements plot.Plotter.
func (o outline) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	frame(c, vg.Rectangle{Min: vg.Point{X: x(o.x0), Y: y(o.y0)}, Max: vg.Point{X: x(o.x1), Y: y(o.y1)}}, ink, vg.Points(0.6))
}
