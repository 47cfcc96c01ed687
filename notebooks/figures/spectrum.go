package figures

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// SpectrumLine is the power of some images over spatial frequency, averaged over directions.
type SpectrumLine struct {
	Name      string
	Frequency []float64 // cycles per pixel, increasing, above 0
	Power     []float64 // in squared units of the pixels; values not above 0 are left out
	Slope     float64   // of log power over log frequency; NaN if unknown
}

// Spectrum draws power over spatial frequency, both logarithmic. A dashed line falls as the square of the frequency, as the power of
// photographs does (Field, J Opt Soc Am A 1987).
func Spectrum(lines []SpectrumLine) (*Figure, error) {
	p := newPlot("Spatial frequency (cycles per pixel)", "Power (squared pixel values)")
	// Axes are of logarithms: gonum's own logarithmic axis takes the middle of its label for a value and leaves room for it.
	p.X.Tick.Marker, p.Y.Tick.Marker = decades{}, decades{}
	left, right, low, high := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	var first *plotter.XY
	var l legend
	for i, line := range lines {
		if len(line.Frequency) != len(line.Power) {
			return nil, fmt.Errorf("figures: spectrum: %s: found %d frequencies and %d powers; needed are as many of both", line.Name, len(line.Frequency), len(line.Power))
		}
		c := curve{style: draw.LineStyle{Color: category(i), Width: vg.Points(1.4)}}
		for k, f := range line.Frequency {
			if !(f > 1e-9 && f < 1e9) || k > 0 && f <= line.Frequency[k-1] {
				return nil, fmt.Errorf("figures: spectrum: %s: found frequency %g at place %d; accepted are increasing frequencies above 0", line.Name, f, k)
			}
			if v := line.Power[k]; v > 1e-200 && v < 1e200 {
				x, y := math.Log10(f), math.Log10(v)
				left, right, low, high = min(left, x), max(right, x), min(low, y), max(high, y)
				c.points = append(c.points, plotter.XY{X: x, Y: y})
			}
		}
		if len(c.points) == 0 {
			continue
		}
		if first == nil {
			first = &c.points[0]
		}
		p.Add(c)
		name := line.Name
		if line.Slope == line.Slope {
			name += ": slope " + short(math.Round(line.Slope*100)/100)
		}
		l = append(l, entry{name, c})
	}
	if len(l) == 0 {
		return nil, fmt.Errorf("figures: spectrum: found no power above 0; at least one is needed")
	}
	left, right = pad(left, right, 0.04)
	p.X.Min, p.X.Max = left, right
	p.Y.Min, p.Y.Max = pad(low, high, 0.06)
	square := draw.LineStyle{Color: grey, Width: vg.Points(1), Dashes: []vg.Length{4, 3}}
	p.Add(segment{first.X, first.Y, right, first.Y - 2*(right-first.X), square})
	return plotFigure(p, 4.6*vg.Inch, 3.4*vg.Inch, append(l, entry{"slope \u22122", segment{style: square}})), nil
}

// decades labels an axis of decimal logarithms at powers of ten, and at 2 and 5 times these if they are few.
type decades struct{}

// Ticks implements plot.Ticker.
func (decades) Ticks(lo, hi float64) []plot.Tick {
	between, every := []float64{1}, max(1, int(math.Ceil((hi-lo)/6)))
	if hi-lo < 2.5 {
		between = []float64{1, 2, 5}
	}
	var ticks []plot.Tick
	for e := int(math.Floor(lo)); e <= int(math.Ceil(hi)); e++ {
		for _, m := range between {
			if at := float64(e) + math.Log10(m); e%every == 0 && at >= lo && at <= hi {
				ticks = append(ticks, plot.Tick{Value: at, Label: short(m * math.Pow10(e))})
			}
		}
	}
	return ticks
}
