package figures

import (
	"fmt"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// ScalingLine has the costs for several values of one quantity.
type ScalingLine struct {
	Name   string    // of the quantity
	Values []float64 // increasing, above 0
	Costs  []float64 // one for each value, above 0
	Slope  float64   // of log cost over log value
}

// Scaling draws costs over quantities on logarithmic axes, both divided by their value at the smallest quantity. A dashed line has slope 1.
// what is the name of the cost.
func Scaling(what string, lines []ScalingLine) (*Figure, error) {
	if len(lines) == 0 {
		return nil, fmt.Errorf("figures: scaling: found no lines; at least one is needed")
	}
	p := newPlot("Times the smallest", what+", times that of the smallest")
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.TickerFunc(oneTwoFive), plot.TickerFunc(oneTwoFive)
	const most = 1e9
	right, low, high := 2.0, 1.0, 2.0
	var l legend
	for i, line := range lines {
		if len(line.Values) == 0 || len(line.Values) != len(line.Costs) {
			return nil, fmt.Errorf("figures: scaling: %s: found %d values and %d costs; needed are as many of both, at least one", line.Name, len(line.Values), len(line.Costs))
		}
		c := curve{style: draw.LineStyle{Color: category(i), Width: vg.Points(1.4)}, dots: true}
		for k, v := range line.Values {
			x, y := v/line.Values[0], line.Costs[k]/line.Costs[0]
			if !(v > 0 && line.Costs[k] > 0 && x <= most && y <= most && y >= 1/most) || k > 0 && v <= line.Values[k-1] {
				return nil, fmt.Errorf("figures: scaling: %s: found value %g with cost %g; accepted are increasing values and costs above 0, within a factor %g of the first", line.Name, v, line.Costs[k], most)
			}
			right, low, high = max(right, x), min(low, y), max(high, y)
			c.points = append(c.points, plotter.XY{X: x, Y: y})
		}
		p.Add(c)
		l = append(l, entry{fmt.Sprintf("%s: slope %.2f", line.Name, line.Slope), c})
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 1, right*1.1, low*0.9, high*1.1
	end := min(p.X.Max, p.Y.Max)
	linear := draw.LineStyle{Color: grey, Width: vg.Points(1), Dashes: []vg.Length{4, 3}}
	p.Add(segment{1, 1, end, end, linear})
	return plotFigure(p, 4.6*vg.Inch, 3.6*vg.Inch, append(l, entry{"slope 1", segment{style: linear}})), nil
}

// oneTwoFive marks 1, 2 and 5 times each power of ten on a logarithmic axis, so that a range within one power has labels too.
func oneTwoFive(low, high float64) (ticks []plot.Tick) {
	for power := math.Pow10(int(math.Floor(math.Log10(low)))); power <= high; power *= 10 {
		for _, times := range []float64{1, 2, 5} {
			if v := times * power; v >= low && v <= high {
				ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'g', 4, 64)})
			}
		}
	}
	return ticks
}
