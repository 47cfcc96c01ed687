package figures

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Positions draws the positions of neurons on cortex, seen from above, with x and y in micrometres on the same scale. values set the colours (nil:
// all the same; NaN: beige), label is their name. Neurons without a position are left out. It is an error if the slices differ in length or no
// neuron has a position.
func Positions(x, y, values []float64, label string) (*Figure, error) {
	if len(x) != len(y) || values != nil && len(values) != len(x) {
		return nil, fmt.Errorf("figures: positions: found %d x, %d y, %d values; one of each per neuron is needed", len(x), len(y), len(values))
	}
	within := func(v float64) bool { return math.Abs(v) < 1e12 }
	cells := neurons{shade: func(float64) color.NRGBA { return blue }}
	left, right, bottom, top := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := range x {
		if !within(x[i]) || !within(y[i]) {
			continue
		}
		v := 0.0
		if values != nil {
			if v = values[i]; within(v) {
				lo, hi = min(lo, v), max(hi, v)
			} else {
				v = math.NaN()
			}
		}
		cells.x, cells.y, cells.values = append(cells.x, x[i]), append(cells.y, y[i]), append(cells.values, v)
		left, right, bottom, top = min(left, x[i]), max(right, x[i]), min(bottom, y[i]), max(top, y[i])
	}
	if len(cells.x) == 0 {
		return nil, fmt.Errorf("figures: positions: found %d neurons without a position; at least one is needed", len(x))
	}
	scale := hi >= lo
	if scale {
		cells.shade = ordered(lo, hi)
	}
	left, right = pad(left, right, 0.04)
	bottom, top = pad(bottom, top, 0.04)
	p := newPlot("x (\u00b5m)", "y (\u00b5m)")
	p.Add(cells)
	const width, height = 4.6 * vg.Inch, 4 * vg.Inch
	above := vg.Length(10)
	if scale {
		above = 40
	}
	return &Figure{width: width, height: height, draw: func(c draw.Canvas) {
		blank(c)
		area := draw.Crop(c, 6, -14, 6, -above)
		q := *p
		q.X.Min, q.X.Max, q.Y.Min, q.Y.Max = left, right, bottom, top
		equal(&q, area)
		q.Draw(area)
		if scale {
			bar(c, rectangle(c.Max.X-180, c.Max.Y-18, 110, 8), cells.shade, lo, hi, short(lo), short(hi), label)
		}
	}}, nil
}

// equal widens one axis until a unit has the same length on both. That changes the ticks and so, slightly, the space for the data: it is done twice.
func equal(p *plot.Plot, area draw.Canvas) {
	for range 2 {
		size := p.DataCanvas(area).Size()
		if size.X <= 0 || size.Y <= 0 {
			return
		}
		perPoint := max((p.X.Max-p.X.Min)/float64(size.X), (p.Y.Max-p.Y.Min)/float64(size.Y))
		for axis, length := range map[*plot.Axis]vg.Length{&p.X: size.X, &p.Y: size.Y} {
			middle, half := (axis.Min+axis.Max)/2, perPoint*float64(length)/2
			axis.Min, axis.Max = middle-half, middle+half
		}
	}
}

// neurons are dots whose colour is a number.
type neurons struct {
	x, y, values []float64
	shade        shade
}

// Plot implements plot.Plotter.
func (n neurons) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	radius := vg.Points(2.6)
	if len(n.x) > 1000 {
		radius = vg.Points(1.5)
	}
	for i := range n.x {
		at := vg.Point{X: x(n.x[i]), Y: y(n.y[i])}
		c.DrawGlyphNoClip(draw.GlyphStyle{Color: n.shade(n.values[i]), Radius: radius, Shape: draw.CircleGlyph{}}, at)
	}
}
