package figures

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// SweepCurve is the validation loss of one fit of a draw.
type SweepCurve struct {
	Draw  int
	State SweepState // of the draw
	Loss  float64    // of the draw, which colours the curve; NaN: unknown
	Steps []int
	Value []float64 // at each step
}

// SweepCurves draws validation losses of a search's fits over steps, in the colours of their draws' losses. The best draw's curves are thick. Those of draws
// that were stopped early are grey and end where they were stopped. The high losses at the start may lie outside the frame. note is a line below, empty for
// none. It is an error if no curve has a finite loss.
func SweepCurves(label string, curves []SweepCurve, note string) (*Figure, error) {
	var lines []plotter.XYs
	var sorted []SweepDraw
	var last plotter.XYs // of all curves: what the frame must hold
	stopped, failed := false, false
	for _, c := range curves {
		if len(c.Steps) != len(c.Value) {
			return nil, fmt.Errorf("figures: curves: draw %d: found %d steps and %d losses; needed are as many of both", c.Draw, len(c.Steps), len(c.Value))
		}
		var line plotter.XYs
		for i, v := range c.Value {
			if math.Abs(v) < 1e12 {
				line = append(line, plotter.XY{X: float64(c.Steps[i]), Y: v})
			}
		}
		lines = append(lines, line)
		last = append(last, line...)
		if c.State == SweepDone && math.Abs(c.Loss) < 1e12 {
			sorted = append(sorted, SweepDraw{Number: c.Draw, Loss: c.Loss, State: SweepDone})
		}
		stopped, failed = stopped || c.State == SweepStopped, failed || c.State == SweepFailed
	}
	if len(last) == 0 {
		return nil, fmt.Errorf("figures: curves: found %d fits without a finite loss; at least one is needed", len(curves))
	}
	p := newPlot("Training step", label)
	p.X.Tick.Marker = evenTicks{whole: true}
	p.X.Min, p.X.Max = stepRange(last)
	p.Y.Min, p.Y.Max = lossRange(last, nil)
	shade, best := ordered(0, 1), -1
	var colours [2]float64 // empty: no draw is done
	if sorted = (SweepData{Draws: sorted}).compared(); len(sorted) > 0 {
		colours[0], colours[1] = lossEnds(sorted)
		shade, best = ordered(colours[0], colours[1]), sorted[0].Number
		p.Y.Min = min(p.Y.Min, sorted[0].Loss)
	}
	order := make([]int, len(curves)) // the best last, on top
	for i := range order {
		order[i] = i
	}
	rank := func(i int) float64 {
		if c := curves[i]; c.State == SweepDone && math.Abs(c.Loss) < 1e12 {
			return -c.Loss
		}
		return math.Inf(-1)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch x, y := rank(a), rank(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	})
	open := false
	for _, i := range order {
		c, style := curves[i], draw.LineStyle{Color: grey, Width: vg.Points(0.8)}
		switch {
		case c.State == SweepStopped:
			style = stoppedLine
		case c.State == SweepFailed:
			style = failedLine
		case c.State == SweepDone && math.Abs(c.Loss) < 1e12:
			style.Color = shade(c.Loss)
			if c.Draw == best {
				style.Width = vg.Points(2.2)
			}
		default:
			open = true
		}
		addCurve(p, nil, "", lines[i], curve{style: style})
	}
	l := endings(len(sorted) > 0, stopped, failed)
	if len(sorted) > 0 {
		l[0].name = fmt.Sprintf("best: draw %d", best)
	}
	if open {
		l = append(l, entry{"not over", curve{style: draw.LineStyle{Color: grey, Width: vg.Points(0.8)}}})
	}
	if note != "" {
		l = append(l, entry{note, nothing{}})
	}
	f := plotFigure(p, 6.5*vg.Inch, 3.4*vg.Inch, l)
	f.interactive = curvesVegaLite(label, curves, lines, note, [2]float64{p.X.Min, p.X.Max}, [2]float64{p.Y.Min, p.Y.Max}, colours)
	return f, nil
}

// nothing is a legend's entry without a picture.
type nothing struct{}

// Thumbnail implements plot.Thumbnailer.
func (nothing) Thumbnail(*draw.Canvas) {}
