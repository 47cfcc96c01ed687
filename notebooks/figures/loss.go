package figures

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// LossPoint is the state of a fit after a step.
type LossPoint struct {
	Step         int
	Loss         float64 // training loss of the step's batch; NaN if unknown
	Validation   float64 // validation loss; NaN where the step was not validated
	LearningRate float64 // NaN or 0 if unknown
	Stage        int     // from 1; 0 if unknown
}

// LossCurve draws training and validation loss over steps, in the given order, and marks the lowest validation loss and each drop of the learning
// rate, or its peak if it changes gradually. Where steps decrease (training went back to the best weights), a new line starts. The high losses at the start may lie outside the frame.
// label names the loss and its unit. It is an error if no point has a finite loss.
func LossCurve(label string, points []LossPoint) (*Figure, error) {
	finite := func(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
	var training, validation plotter.XYs
	for _, p := range points {
		if finite(p.Loss) {
			training = append(training, plotter.XY{X: float64(p.Step), Y: p.Loss})
		}
		if finite(p.Validation) {
			validation = append(validation, plotter.XY{X: float64(p.Step), Y: p.Validation})
		}
	}
	if len(training)+len(validation) == 0 {
		return nil, fmt.Errorf("figures: loss curve: found %d points without a finite loss; at least one is needed", len(points))
	}
	p := newPlot("Training step", label)
	p.X.Tick.Marker = evenTicks{whole: true}
	lo, hi := lossRange(training, validation)
	first, last := stepRange(training, validation)
	p.Y.Min, p.Y.Max, p.X.Min, p.X.Max = lo, hi, first, last

	marks, word := rateMarks(points)
	for _, d := range marks {
		p.Add(segment{float64(d.Step), lo, float64(d.Step), hi, draw.LineStyle{Color: grey, Width: vg.Points(0.8), Dashes: []vg.Length{3, 3}}},
			note{float64(d.Step), hi, fmt.Sprintf(" %s %.3g", word, d.LearningRate), draw.XLeft, draw.YTop})
	}
	var l legend
	l = addCurve(p, l, "training", training, curve{style: draw.LineStyle{Color: lightBlue, Width: vg.Points(0.8)}})
	l = addCurve(p, l, "validation", validation, curve{style: draw.LineStyle{Color: blue, Width: vg.Points(1.4)}, dots: true})
	if len(validation) > 0 {
		best := slices.MinFunc(validation, func(a, b plotter.XY) int { return cmp.Compare(a.Y, b.Y) })
		p.Add(ring{best.X, best.Y})
		l = append(l, entry{fmt.Sprintf("best: %s at step %d", number(best.Y), int(best.X)), ring{}})
	}
	f := plotFigure(p, 6.5*vg.Inch, 3.2*vg.Inch, l)
	f.interactive = lossVegaLite(label, points, marks, word, [2]float64{first, last}, [2]float64{lo, hi})
	return f, nil
}

// rateMarks returns where the learning rate fell; if it changed at most of the points, only where it was highest. word says what is marked.
func rateMarks(points []LossPoint) (marks []LossPoint, word string) {
	changes := 0
	var peak LossPoint
	for i, p := range points {
		if p.LearningRate > peak.LearningRate {
			peak = p
		}
		if i == 0 || !(p.LearningRate > 0) {
			continue
		}
		if p.LearningRate < points[i-1].LearningRate {
			marks = append(marks, p)
		}
		if before := points[i-1].LearningRate; before > 0 && p.LearningRate != before {
			changes++
		}
	}
	if len(points) > 2 && 2*changes > len(points)-1 {
		return []LossPoint{peak}, "peak rate"
	}
	return marks, "rate"
}

// lossRange returns a range that contains all validation losses and the lowest 95 % of the training losses.
func lossRange(training, validation plotter.XYs) (lo, hi float64) {
	var all []float64
	for _, v := range training {
		all = append(all, v.Y)
	}
	slices.Sort(all)
	if len(all) > 20 {
		all = all[:len(all)-len(all)/20]
	}
	for _, v := range validation {
		all = append(all, v.Y)
	}
	lo, hi = slices.Min(all), slices.Max(all)
	return pad(lo, hi, 0.06)
}

func stepRange(curves ...plotter.XYs) (first, last float64) {
	first, last = math.Inf(1), math.Inf(-1)
	for _, c := range curves {
		for _, v := range c {
			first, last = min(first, v.X), max(last, v.X)
		}
	}
	switch {
	case first == last:
		return first - 1, last + 1
	case first > 0 && first < last/10:
		first = 0
	}
	return first, last
}

// pad widens a range by a share of its width. An empty range gets some width.
func pad(lo, hi, share float64) (float64, float64) {
	by := (hi - lo) * share
	if by == 0 {
		by = max(math.Abs(lo)*0.1, 1e-3)
	}
	return lo - by, hi + by
}

// addCurve adds a line, broken wherever x does not increase, and one legend entry for all its parts.
func addCurve(p *plot.Plot, l legend, name string, points plotter.XYs, style curve) legend {
	if len(points) == 0 {
		return l
	}
	start := 0
	for i := 1; i <= len(points); i++ {
		if i < len(points) && points[i].X > points[i-1].X {
			continue
		}
		part := style
		part.points = points[start:i]
		p.Add(part)
		start = i
	}
	return append(l, entry{name, style})
}
