package figures

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Trial is an image [height, width] with the responses to it, one of each neuron.
type Trial struct {
	Name      string
	Image     []float32
	Responses []float32 // NaN: not recorded
}

// MaxTrials is the largest number of trials that ContactSheet draws. The rest is left out.
const MaxTrials = 12

// ContactSheet draws images as they are understood, rows downwards, all with the same grey scale, and below each a bar for the response of each neuron.
// A neuron's bars are relative to its largest response, of either sign, to the images drawn. A missing response has no bar but a cross.
func ContactSheet(trials []Trial, height, width int) (*Figure, error) {
	if len(trials) == 0 {
		return nil, fmt.Errorf("figures: contact sheet: found no trials; at least one is needed")
	}
	trials = slices.Clone(trials[:min(len(trials), MaxTrials)])
	neurons := len(trials[0].Responses)
	var all []float32
	largest := make([]float64, neurons)
	lowest := 0.0
	for i, t := range trials {
		if height < 1 || width < 1 || len(t.Image) != height*width || len(t.Responses) != neurons {
			return nil, fmt.Errorf("figures: contact sheet: found %d pixels and %d responses for trial %d; images of %dx%d and %d responses are needed", len(t.Image), len(t.Responses), i, height, width, neurons)
		}
		all = append(all, t.Image...)
		for j, v := range t.Responses {
			if drawable(float64(v)) {
				largest[j] = max(largest[j], math.Abs(float64(v)))
			}
		}
	}
	heights := make([][]float64, len(trials)) // of bars, from -1 to 1
	for i, t := range trials {
		for j, v := range t.Responses {
			h := float64(v)
			switch {
			case !drawable(h):
				h = math.NaN()
			case largest[j] > 0:
				h /= largest[j]
				lowest = min(lowest, h)
			}
			heights[i] = append(heights[i], h)
		}
	}
	lo, hi := greyRange(all)
	const barsHeight, between = 26, 14
	one := montage(len(trials), height, width)
	cols := min(len(trials), 4)
	w := vg.Length(450-10*(cols-1)) / 4
	h := min(w*vg.Length(height)/vg.Length(width), 140)
	w = max(min(w, h*vg.Length(width)/vg.Length(height)), one.width)
	t := tiles{
		rows: (len(trials) + cols - 1) / cols, cols: cols, width: max(w, 50), height: h + between + barsHeight, gap: 12, left: 10, top: 10, bottom: 30,
		foot: func(c draw.Canvas, left, _, bottom vg.Length) {
			c.FillText(textStyle(tickSize, draw.XLeft, draw.YBottom), vg.Point{X: left, Y: bottom + 6}, fmt.Sprintf("%d x %d pixels; a bar for each of %d neurons, relative to its largest", height, width, neurons))
		},
	}
	t.tile = func(c draw.Canvas, r vg.Rectangle, row, col int) {
		i := row*t.cols + col
		if i >= len(trials) {
			return
		}
		picture(c, rectangle(r.Min.X, r.Max.Y-h, w, h), trials[i].Image, height, width, greys(lo, hi))
		c.FillText(textStyle(tickSize, draw.XLeft, draw.YTop), vg.Point{X: r.Min.X, Y: r.Max.Y - h - 2}, trials[i].Name)
		zero := r.Min.Y
		if lowest < 0 {
			zero += barsHeight / 2
		}
		full := r.Min.Y + barsHeight - zero
		step := w / vg.Length(max(neurons, 1))
		for j, v := range heights[i] {
			x := r.Min.X + vg.Length(j)*step
			if v != v {
				line := draw.LineStyle{Color: vermillion, Width: vg.Points(0.5)}
				s := min(step*0.8, 4)
				c.StrokeLines(line, []vg.Point{{X: x, Y: zero}, {X: x + s, Y: zero + s}}, []vg.Point{{X: x, Y: zero + s}, {X: x + s, Y: zero}})
				continue
			}
			at, tall := zero, vg.Length(v)*full
			if tall < 0 {
				at, tall = at+tall, -tall
			}
			c.FillPolygon(blue, corners(rectangle(x, at, step*0.8, tall)))
		}
		c.StrokeLines(draw.LineStyle{Color: grey, Width: vg.Points(0.4)}, []vg.Point{{X: r.Min.X, Y: zero}, {X: r.Min.X + w, Y: zero}})
	}
	return t.figure(), nil
}
