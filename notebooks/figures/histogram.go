package figures

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"v1lab/datasets/stats"
)

// Sample is a named set of values.
type Sample struct {
	Name   string
	Values []float64
}

// Distribution is the data of Histogram.
type Distribution struct {
	Label  string     // of the values
	Counts string     // label of what is counted; empty: neurons
	Whole  bool       // values are whole numbers, and so are the bins' centres
	Ends   [2]float64 // of the axis; both 0: the range of the values and 0. Values beyond count in the nearest bin
	Mark   float64    // a dotted line at this value; 0 or NaN: none
	Parts  []Sample   // one to four; the first is filled, the others are outlined
}

// Histogram draws the distribution of each part's values and marks the means of the first two parts. Values that are not finite are left out. It is
// an error if there is no number, or more than four parts.
func Histogram(d Distribution) (*Figure, error) {
	if len(d.Parts) == 0 || len(d.Parts) > 4 {
		return nil, fmt.Errorf("figures: histogram of %s: found %d parts; accepted are 1 to 4", d.Label, len(d.Parts))
	}
	low, high, some := d.Ends[0], d.Ends[1], false
	automatic := low == 0 && high == 0
	if !(high > low) && !automatic || math.Abs(low) > 1e30 || math.Abs(high) > 1e30 {
		return nil, fmt.Errorf("figures: histogram of %s: found an axis from %g to %g; accepted are increasing ends", d.Label, low, high)
	}
	for _, part := range d.Parts {
		for _, v := range part.Values {
			if drawable(v) {
				some = true
				if automatic {
					low, high = min(low, v), max(high, v)
				}
			}
		}
	}
	if !some {
		return nil, fmt.Errorf("figures: histogram of %s: found no number; at least one is needed", d.Label)
	}
	start, width, n := bins(low, high, d.Whole)
	p := newPlot(d.Label, "Neurons")
	if d.Counts != "" {
		p.Y.Label.Text = d.Counts
	}
	p.Y.Tick.Marker, p.X.Tick.Marker = evenTicks{whole: true}, evenTicks{whole: d.Whole}
	p.X.Min, p.X.Max = start, start+float64(n)*width
	var l legend
	tallest := 1.0
	outlines := []color.NRGBA{blue, vermillion, categories[2], categories[3]}
	for i, part := range d.Parts {
		s := steps{start: start, width: width, counts: make([]float64, n)}
		for _, v := range part.Values {
			if drawable(v) {
				bin := int(min(max((v-start)/width+1e-9, 0), float64(n-1)))
				s.counts[bin]++
				tallest = max(tallest, s.counts[bin])
			}
		}
		thumb := steps{line: outlines[i]}
		if s.fill, s.line = lightBlue, nil; i > 0 {
			s.fill, s.line = nil, outlines[i]
		} else {
			thumb = steps{fill: lightBlue}
		}
		p.Add(s)
		l = append(l, entry{part.Name, thumb})
	}
	p.Y.Min, p.Y.Max = 0, 1.15*tallest
	if d.Mark != 0 && d.Mark > p.X.Min && d.Mark < p.X.Max {
		p.Add(segment{d.Mark, 0, d.Mark, p.Y.Max, draw.LineStyle{Color: grey, Width: vg.Points(0.9), Dashes: []vg.Length{1.5, 2.5}}})
	}
	l = append(l, meansOf(d.Parts, p.X.Max-p.X.Min, func(i int, at float64, align text.XAlignment) {
		if at >= p.X.Min && at <= p.X.Max {
			mean{at, outlines[i]}.mark(p, align)
		}
	})...)
	return plotFigure(p, 4.6*vg.Inch, 3*vg.Inch, l), nil
}

// meansOf marks the means of the first two parts, with labels that do not overlap.
func meansOf(parts []Sample, span float64, mark func(i int, at float64, align text.XAlignment)) legend {
	var at []float64
	for _, part := range parts[:min(len(parts), 2)] {
		var finite []float64
		for _, v := range part.Values {
			if drawable(v) {
				finite = append(finite, v)
			}
		}
		at = append(at, stats.Mean(finite))
	}
	for i, m := range at {
		align := text.XAlignment(draw.XCenter)
		if other := at[len(at)-1-i]; len(at) == 2 && math.Abs(m-other) < 0.13*span {
			if align = draw.XLeft; m < other || m == other && i == 0 {
				align = draw.XRight
			}
		}
		mark(i, m, align)
	}
	return legend{meansEntry}
}

// bins divides a range into about thirty bins of 1, 2 or 5 times a power of ten. Whole numbers lie in the middle of their bins.
func bins(low, high float64, whole bool) (start, width float64, n int) {
	if !(high-low > 1e-9*max(math.Abs(low), math.Abs(high), 1e-20)) {
		high = low + max(1, math.Abs(low)/10)
	}
	width = math.Pow(10, math.Floor(math.Log10((high-low)/30)))
	for _, by := range []float64{2, 2.5, 2} {
		if (high-low)/width <= 40 {
			break
		}
		width *= by
	}
	if whole {
		width = max(math.Ceil(width), 1)
		start = math.Floor(low) - 0.5
		return start, width, int((high-start)/width) + 1
	}
	start = math.Floor(low/width+1e-9) * width
	return start, width, max(int(math.Ceil((high-start)/width-1e-9)), 1)
}

// drawable reports whether v is a number that fits on an axis.
func drawable(v float64) bool { return !math.IsNaN(v) && math.Abs(v) <= 1e30 }
