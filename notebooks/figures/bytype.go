package figures

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"v1lab/datasets/stats"
)

// Measure is a number of each neuron, NaN where it has none.
type Measure struct {
	Label  string
	Values []float64
	Ends   [2]float64 // of the axis; values beyond are drawn at its end; both 0: the range of the values and 0
}

// ByType draws one to four measures of neurons, a panel each, with a column for every type (types nil: one column) and a line at its median.
// names are those of the types. It is an error if there is no measure or no number, or the sizes disagree.
func ByType(measures []Measure, types []int, names []string) (*Figure, error) {
	if len(measures) == 0 || len(measures) > 4 {
		return nil, fmt.Errorf("figures: measures by type: found %d; accepted are 1 to 4", len(measures))
	}
	n := len(measures[0].Values)
	columns := map[int]int{}
	var present []int
	for i := range n {
		g := 0
		if types != nil && i < len(types) {
			g = max(types[i], -1)
		}
		if _, seen := columns[g]; !seen {
			columns[g], present = 0, append(present, g)
		}
	}
	slices.Sort(present)
	for i, g := range present {
		columns[g] = i
	}
	var plots []*plot.Plot
	for _, m := range measures {
		if len(m.Values) != n || types != nil && len(types) != n || n == 0 {
			return nil, fmt.Errorf("figures: measures by type: %s: found %d values, %d types; as many of each as the first measure has, %d, at least one, are needed", m.Label, len(m.Values), len(types), n)
		}
		p, err := m.plot(types, columns)
		if err != nil {
			return nil, err
		}
		plots = append(plots, p)
	}
	var l legend
	if types != nil {
		for _, g := range present {
			l = append(l, entry{typeName(g, names), dots{fill: category(g)}})
		}
		l = append(l, entry{"median", segment{style: draw.LineStyle{Color: ink, Width: vg.Points(1.4)}}})
	}
	const width, height = 2.3 * vg.Inch, 2.3 * vg.Inch
	across := width * vg.Length(len(plots))
	above := 8 + legendLine*vg.Length(l.rows(across-60))
	return &Figure{width: across + 8, height: height + above, draw: func(c draw.Canvas) {
		blank(c)
		l.draw(c, vg.Point{X: c.Min.X + 44, Y: c.Max.Y - 4}, across-60)
		for i, p := range plots {
			box := c
			box.Rectangle = rectangle(c.Min.X+width*vg.Length(i), c.Min.Y, width, height)
			p.Draw(draw.Crop(box, 8, -8, 6, 0))
		}
	}}, nil
}

func (m Measure) plot(types []int, columns map[int]int) (*plot.Plot, error) {
	low, high := m.Ends[0], m.Ends[1]
	automatic := low == 0 && high == 0
	if !automatic && (!(high > low) || !drawable(low) || !drawable(high)) {
		return nil, fmt.Errorf("figures: measures by type: %s: found an axis from %g to %g; accepted are increasing ends", m.Label, low, high)
	}
	byType := map[int][]float64{}
	for i, v := range m.Values {
		if drawable(v) {
			g := 0
			if types != nil {
				g = max(types[i], -1)
			}
			byType[g] = append(byType[g], v)
			if automatic {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if len(byType) == 0 {
		return nil, fmt.Errorf("figures: measures by type: %s: found no number; at least one is needed", m.Label)
	}
	if margin := 0.04 * (high - low); margin > 1e-12*max(math.Abs(low), math.Abs(high)) {
		if high += margin; low != 0 {
			low -= margin
		}
	} else {
		high = low + max(1, math.Abs(low))
	}
	p := newPlot("", m.Label)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.6, float64(len(columns))-0.4, low, high
	p.X.Tick.Marker, p.X.Tick.Length = plot.ConstantTicks{}, 0
	if low < 0 && high > 0 {
		p.Add(segment{p.X.Min, 0, p.X.Max, 0, draw.LineStyle{Color: lightGrey, Width: vg.Points(0.8)}})
	}
	for _, g := range slices.Sorted(maps.Keys(byType)) {
		x, values := float64(columns[g]), slices.Sorted(slices.Values(byType[g]))
		var at plotter.XYs
		for i, v := range values { // spread dots of similar values apart
			at = append(at, plotter.XY{X: x + 0.56*(math.Mod(float64(i)*0.618034, 1)-0.5), Y: min(max(v, low), high)})
		}
		p.Add(dots{at, category(g)})
	}
	for _, g := range slices.Sorted(maps.Keys(byType)) { // on top of the dots
		if median := stats.Median(byType[g]); median >= low && median <= high {
			x := float64(columns[g])
			p.Add(segment{x - 0.36, median, x + 0.36, median, draw.LineStyle{Color: ink, Width: vg.Points(1.4)}})
		}
	}
	return p, nil
}
