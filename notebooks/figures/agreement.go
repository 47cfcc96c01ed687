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

// AgreementData has a measured and a true value of each neuron, NaN where it has none. Agreement draws it.
type AgreementData struct {
	Measured, True []float64
	Label          string     // of the quantity, with its unit
	Ends           [2]float64 // of both axes; values beyond are drawn at the end
	Step           float64    // between the values that were tried; lines are drawn one step beside the diagonal; 0: none
	Period         float64    // of an angle: values that differ by it are equal; 0: not an angle
	Type           []int      // colours; nil: all the same
	Types          []string
}

// Agreement draws measured over true values. It is an error if the sizes disagree or no neuron has both values.
func Agreement(d AgreementData) (*Figure, error) {
	n := len(d.Measured)
	if len(d.True) != n || d.Type != nil && len(d.Type) != n {
		return nil, fmt.Errorf("figures: agreement: found %d measured, %d true values, %d types; one of each per neuron is needed", n, len(d.True), len(d.Type))
	}
	low, high := d.Ends[0], d.Ends[1]
	if !(high > low) || !drawable(low) || !drawable(high) {
		return nil, fmt.Errorf("figures: agreement: found an axis from %g to %g; accepted are increasing ends", low, high)
	}
	p := newPlot(d.Label+", true", d.Label+", measured")
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = low, high, low, high
	if d.Period > 0 && drawable(d.Period) {
		p.X.Tick.Marker, p.Y.Tick.Marker = quarters(low, high, d.Period), quarters(low, high, d.Period)
	}
	diagonal := draw.LineStyle{Color: grey, Width: vg.Points(0.8), Dashes: []vg.Length{3, 3}}
	p.Add(segment{low, low, high, high, diagonal})
	faint := draw.LineStyle{Color: lightGrey, Width: vg.Points(0.8)}
	for _, shift := range []float64{-d.Period, 0, d.Period} {
		for _, step := range []float64{-d.Step, d.Step} {
			if by := shift + step; d.Step > 0 && math.Abs(by) < high-low {
				p.Add(segment{low, low + by, high, high + by, faint})
			}
		}
	}
	groups, names := grouped(n, d.Type, func(i int) (plotter.XY, bool) {
		return plotter.XY{X: min(max(d.True[i], low), high), Y: min(max(d.Measured[i], low), high)}, drawable(d.True[i]) && drawable(d.Measured[i])
	}, d.Types)
	if len(groups) == 0 {
		return nil, fmt.Errorf("figures: agreement: found no neuron with a measured and a true value; at least one is needed")
	}
	var l legend
	for i, g := range groups {
		p.Add(g)
		if d.Type != nil {
			l = append(l, entry{names[i], g})
		}
	}
	f := plotFigure(p, 3.8*vg.Inch, 3.6*vg.Inch, l)
	f.height += legendLine * vg.Length(l.rows(f.width-52))
	return f, nil
}

// grouped returns the points of each type, unknown types first.
func grouped(n int, types []int, at func(i int) (plotter.XY, bool), known []string) (groups []dots, names []string) {
	byType := map[int]plotter.XYs{}
	for i := range n {
		if v, ok := at(i); ok {
			g := 0
			if types != nil {
				g = max(types[i], -1)
			}
			byType[g] = append(byType[g], v)
		}
	}
	var present []int
	for g := range byType {
		present = append(present, g)
	}
	slices.Sort(present)
	for _, g := range present {
		groups, names = append(groups, dots{byType[g], category(g)}), append(names, typeName(g, known))
	}
	return groups, names
}

// quarters labels every quarter of a period within a range, 13 at most.
func quarters(low, high, period float64) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	first := math.Ceil(4*low/period - 1e-9)
	for i := range 13 {
		if at := (first + float64(i)) * period / 4; at <= high+1e-9*(high-low) {
			ticks = append(ticks, plot.Tick{Value: at, Label: number(at)})
		}
	}
	return ticks
}
