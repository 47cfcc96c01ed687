package figures

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// TuningCurve is a neuron's rate over one property of a stimulus.
type TuningCurve struct {
	Values []float64 // increasing
	Rates  []float64 // one of each
}

// TuningMatrix is a neuron's rate over two properties.
type TuningMatrix struct {
	Rows, Columns []float64
	Rates         []float64 // [rows, columns]
}

// TunedNeuron has the tuning of one neuron.
type TunedNeuron struct {
	Name         string
	Grey         float64      // rate to the grey image
	Orientation  TuningCurve  // degrees, along the wave: bars lie across
	Frequency    TuningCurve  // cycles per pixel, above 0
	Phase        TuningCurve  // degrees
	SizeContrast TuningMatrix // sizes (pixels) by contrasts
	Plaids       TuningMatrix // contrasts of the orthogonal Gabor by those of the optimal one
}

// MaxTuned is the largest number of neurons in one figure. The rest is left out.
const MaxTuned = 12

// Tuning draws the responses of neurons to Gabors, a row for each neuron: curves over orientation, spatial frequency and phase (dashed: the rate at
// grey), and rates over size and contrast and over the contrasts of plaids. A neuron whose rates are all NaN is labelled dead.
func Tuning(neurons []TunedNeuron) (*Figure, error) {
	if len(neurons) == 0 {
		return nil, fmt.Errorf("figures: tuning: found no neurons; at least one is needed")
	}
	rows := make([][]*plot.Plot, 0, len(neurons))
	var names []string
	for _, n := range neurons[:min(len(neurons), MaxTuned)] {
		row, err := n.plots()
		if err != nil {
			return nil, err
		}
		rows, names = append(rows, row), append(names, n.Name)
	}
	const left, width, height, title = 8, 128, 122, 14
	return &Figure{width: 5*width + left + 8, height: vg.Length(len(rows))*(height+title) + 8, draw: func(c draw.Canvas) {
		blank(c)
		for i, row := range rows {
			top := c.Max.Y - 4 - vg.Length(i)*(height+title)
			c.FillText(textStyle(labelSize, draw.XLeft, draw.YTop), vg.Point{X: c.Min.X + left, Y: top}, names[i])
			if row == nil {
				box := rectangle(c.Min.X+left, top-title-height+8, 5*width-8, height-8)
				c.FillPolygon(noData, corners(box))
				c.FillText(textStyle(labelSize, draw.XCenter, draw.YCenter), vg.Point{X: (box.Min.X + box.Max.X) / 2, Y: (box.Min.Y + box.Max.Y) / 2}, "dead: nothing excites it")
				continue
			}
			for k, p := range row {
				box := c
				box.Rectangle = rectangle(c.Min.X+left+vg.Length(k)*width, top-title-height, width, height)
				p.Draw(draw.Crop(box, 2, -10, 2, -2))
			}
		}
	}}, nil
}

// plots returns a neuron's five panels, nil if it is dead.
func (n TunedNeuron) plots() ([]*plot.Plot, error) {
	curves := []struct {
		name, label string
		of          TuningCurve
	}{{"orientation", "Orientation of wave (°)", n.Orientation}, {"frequency", "Frequency (cycles/px)", n.Frequency}, {"phase", "Phase (°)", n.Phase}}
	matrices := []struct {
		name, x, y string
		of         TuningMatrix
	}{{"sizes and contrasts", "Contrast", "Size (px)", n.SizeContrast}, {"plaids", "Contrast, optimal", "Contrast, across", n.Plaids}}
	var all []float64
	for _, c := range curves {
		if err := c.of.check(); err != nil {
			return nil, fmt.Errorf("figures: tuning: %s: %s: %w", n.Name, c.name, err)
		}
		all = append(all, c.of.Rates...)
	}
	for _, m := range matrices {
		if len(m.of.Rows) == 0 || len(m.of.Columns) == 0 || len(m.of.Rates) != len(m.of.Rows)*len(m.of.Columns) {
			return nil, fmt.Errorf("figures: tuning: %s: %s: found %d rates for %d by %d values; one for each pair is needed", n.Name, m.name, len(m.of.Rates), len(m.of.Rows), len(m.of.Columns))
		}
		all = append(all, m.of.Rates...)
	}
	if n.Frequency.Values[0] <= 0 {
		return nil, fmt.Errorf("figures: tuning: %s: frequency: found %g; accepted are values above 0", n.Name, n.Frequency.Values[0])
	}
	finite := slices.DeleteFunc(append(all, n.Grey), func(v float64) bool { return math.IsNaN(v) || math.Abs(v) > 1e30 })
	if len(finite) == 0 {
		return nil, nil
	}
	top := slices.Max(finite)
	low := min(slices.Min(finite), 0)
	if !(top > low) {
		top = low + 1
	}
	var plots []*plot.Plot
	for i, c := range curves {
		plots = append(plots, c.of.plot(c.label, i == 0, i == 1, n.Grey, low, top*1.05))
	}
	for _, m := range matrices {
		plots = append(plots, m.of.plot(m.x, m.y, top))
	}
	return plots, nil
}

func (t TuningCurve) check() error {
	if len(t.Values) == 0 || len(t.Values) != len(t.Rates) {
		return fmt.Errorf("found %d rates for %d values; as many of both, at least one, are needed", len(t.Rates), len(t.Values))
	}
	for i, v := range t.Values {
		if math.IsNaN(v) || math.Abs(v) > 1e30 || i > 0 && v <= t.Values[i-1] {
			return fmt.Errorf("found %g as value %d; accepted are increasing values", v, i)
		}
	}
	return nil
}

func (t TuningCurve) plot(label string, first, log bool, grey0, low, top float64) *plot.Plot {
	y := ""
	if first {
		y = "Rate"
	}
	p := newPlot(label, y)
	p.Y.Min, p.Y.Max = low, top
	p.X.Min, p.X.Max = stepRange(xys(t.Values, t.Rates))
	if log {
		p.X.Min, p.X.Max = t.Values[0]*0.9, t.Values[len(t.Values)-1]*1.1
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, sparseTicks(t.Values)
	}
	if !math.IsNaN(grey0) {
		p.Add(segment{p.X.Min, grey0, p.X.Max, grey0, draw.LineStyle{Color: grey, Width: vg.Points(0.8), Dashes: []vg.Length{3, 3}}})
	}
	points := slices.DeleteFunc(xys(t.Values, t.Rates), func(v plotter.XY) bool { return math.IsNaN(v.Y) || math.Abs(v.Y) > 1e30 })
	if len(points) > 0 {
		p.Add(curve{points: points, style: draw.LineStyle{Color: blue, Width: vg.Points(1.2)}, dots: len(points) <= 16})
	}
	return p
}

func xys(x, y []float64) plotter.XYs {
	list := make(plotter.XYs, len(x))
	for i := range x {
		list[i] = plotter.XY{X: x[i], Y: y[i]}
	}
	return list
}

// sparseTicks labels the first, the middle and the last of some values.
func sparseTicks(values []float64) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for i, v := range values {
		t := plot.Tick{Value: v}
		if i == 0 || i == len(values)/2 && len(values) > 2 || i == len(values)-1 {
			t.Label = twoDigits(v)
		}
		ticks = append(ticks, t)
	}
	return ticks
}

// twoDigits formats a value with two digits.
func twoDigits(v float64) string {
	digits := 1 - int(math.Floor(math.Log10(max(math.Abs(v), 1e-12))))
	scale := math.Pow(10, float64(digits))
	return number(math.Round(v*scale) / scale)
}

// plot draws the matrix with its first row at the bottom, from white at 0 to dark at top.
func (m TuningMatrix) plot(x, y string, top float64) *plot.Plot {
	p := newPlot(x, y)
	rows, cols, rates, s := len(m.Rows), len(m.Columns), slices.Clone(m.Rates), sequential(top)
	p.Add(heat{rows: rows, cols: cols, top: float64(rows), height: 1, at: func(row, col int) color.NRGBA { return s(rates[(rows-1-row)*cols+col]) }})
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, float64(cols), 0, float64(rows)
	p.X.Tick.Marker, p.Y.Tick.Marker = cellTicks(m.Columns), cellTicks(m.Rows)
	return p
}

// cellTicks labels the cells of a matrix along an axis.
func cellTicks(values []float64) plot.ConstantTicks {
	ticks := sparseTicks(values)
	for i := range ticks {
		ticks[i].Value = float64(i) + 0.5
	}
	return ticks
}
