package figures

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"v1lab/datasets/stats"
)

// Reliability draws the distributions of explainable variance and of oracle correlation (nil: none) over neurons, and marks the means. A dotted line
// marks least, the explainable variance below which a neuron is too noisy for scores; NaN leaves it out. NaN values are left out, and values below
// -0.5 count in the first bin. It is an error if the slices differ in length or no share is a number.
func Reliability(explainable, oracle []float64, least float64) (*Figure, error) {
	if oracle != nil && len(oracle) != len(explainable) {
		return nil, fmt.Errorf("figures: reliability: found %d shares and %d oracles; one of each per neuron is needed", len(explainable), len(oracle))
	}
	const width, floor = 0.05, -0.5
	known, lowest := 0, 0.0
	for _, of := range []struct {
		name   string
		values []float64
	}{{"a share", explainable}, {"an oracle", oracle}} {
		for i, v := range of.values {
			if v > 1+1e-6 || math.IsInf(v, 0) {
				return nil, fmt.Errorf("figures: reliability: found %s of %v for neuron %d; accepted are numbers up to 1", of.name, v, i)
			}
			if v == v {
				lowest = min(lowest, v)
			}
		}
	}
	for _, v := range explainable {
		if v == v {
			known++
		}
	}
	if known == 0 {
		return nil, fmt.Errorf("figures: reliability: found %d neurons without explainable variance; at least one with is needed", len(explainable))
	}
	start := max(math.Floor(lowest/width)*width, floor)
	p, l := shares("Share of variance, or correlation", start, width, explainable, oracle, "explainable variance", "oracle correlation")
	if least == least {
		line := draw.LineStyle{Color: ink, Width: vg.Points(1), Dashes: []vg.Length{1, 2}}
		p.Add(segment{least, 0, least, p.Y.Max, line})
		l = append(l, entry{"reliable from " + short(least), segment{style: line}})
	}
	means(p, []color.Color{blue, vermillion}, stats.Mean(explainable), stats.Mean(oracle))
	return plotFigure(p, 5.2*vg.Inch, 3*vg.Inch, append(l, meansEntry)), nil
}
