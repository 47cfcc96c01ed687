package figures

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// SweepWorker is what one process did for a search.
type SweepWorker struct {
	Name   string
	Slices []SweepSlice
}

// SweepSlice is a time in which a process took one fit further.
type SweepSlice struct {
	Begin, Seconds float64 // in seconds since any moment
	Draw           int
	Seed           uint64
	Steps          int // of the fit, at the end of the slice
	Failed         bool
}

// maxWorkers is the largest number of rows of SweepWork.
const maxWorkers = 60

// SweepWork draws who did what: a row for each process, over time, in colours that tell neighbouring draws apart, with draw and seed where there is room. Slices
// that ended with an error are outlined. Of more than 60 processes it shows the first, and says so. It is an error if there are no slices.
func SweepWork(workers []SweepWorker) (*Figure, error) {
	from, to, widest := math.Inf(1), math.Inf(-1), vg.Length(0)
	shown := workers[:min(len(workers), maxWorkers)]
	anyFailed := false
	for _, w := range shown {
		widest = max(widest, textStyle(tickSize, 0, 0).Width(shortened(w.Name, 30)))
		for _, s := range w.Slices {
			if !(math.Abs(s.Begin) < 1e12 && s.Seconds >= 0 && s.Seconds < 1e12) {
				return nil, fmt.Errorf("figures: work: %s: found a slice of %g s at %g; accepted are times of 0 s and more", w.Name, s.Seconds, s.Begin)
			}
			from, to = min(from, s.Begin), max(to, s.Begin+s.Seconds)
			anyFailed = anyFailed || s.Failed
		}
	}
	if from > to {
		return nil, fmt.Errorf("figures: work: found %d processes without a slice; at least one is needed", len(workers))
	}
	unit, name := 1., "s"
	switch span := to - from; {
	case span > 3*24*3600:
		unit, name = 24*3600, "days"
	case span > 3*3600:
		unit, name = 3600, "h"
	case span > 180:
		unit, name = 60, "min"
	}
	p := newPlot(fmt.Sprintf("Time since the first slice (%s)", name), "")
	p.X.Min, p.X.Max = 0, max((to-from)/unit, 1e-9)
	p.Y.Min, p.Y.Max = -0.5, float64(len(shown))-0.5
	var rows []plot.Tick
	for i, w := range shown {
		y := float64(len(shown) - 1 - i)
		rows = append(rows, plot.Tick{Value: y, Label: shortened(w.Name, 30)})
		p.Add(work{w.Slices, from, unit, y})
	}
	p.Y.Tick.Marker = plot.ConstantTicks(rows)
	l := legend{{"draw/seed; colours tell draws apart", work{}}}
	if anyFailed {
		l = append(l, entry{"ended with an error", box{color.White, vermillion}})
	}
	if len(shown) < len(workers) {
		l = append(l, entry{fmt.Sprintf("the first %d of %d processes", len(shown), len(workers)), nothing{}})
	}
	f := plotFigure(p, max(6.5*vg.Inch, widest+4*vg.Inch), 0.9*vg.Inch+vg.Length(len(shown))*14, l)
	f.interactive = workVegaLite(shown, from, unit, p.X.Label.Text)
	return f, nil
}

// legible is black or white, whichever is read more easily on a colour.
func legible(on color.NRGBA) color.Color {
	if 299*int(on.R)+587*int(on.G)+114*int(on.B) > 140_000 {
		return color.Black
	}
	return color.White
}

// work is a row of slices.
type work struct {
	slices     []SweepSlice
	from, unit float64
	row        float64
}

// Plot implements plot.Plotter. Slices too short to be seen are drawn as wide as a hair.
func (w work) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	low, high := y(w.row-0.38), y(w.row+0.38)
	drawn := c.Min.X // pixels before this are painted: thousands of slices within one are one box
	sorted := slices.Clone(w.slices)
	slices.SortStableFunc(sorted, func(a, b SweepSlice) int {
		switch {
		case a.Begin < b.Begin:
			return -1
		case a.Begin > b.Begin:
			return 1
		}
		return 0
	})
	for _, s := range sorted {
		left, right := x((s.Begin-w.from)/w.unit), x((s.Begin+s.Seconds-w.from)/w.unit)
		right = max(right, left+0.3)
		if right <= drawn && !s.Failed {
			continue
		}
		drawn = max(drawn, right)
		c.FillPolygon(category(max(s.Draw, 0)), corners(vg.Rectangle{Min: vg.Point{X: left, Y: low}, Max: vg.Point{X: right, Y: high}}))
		if text := fmt.Sprintf("%d/%d", s.Draw, s.Seed); textStyle(tickSize, 0, 0).Width(text)+3 < right-left {
			style := textStyle(tickSize, draw.XCenter, draw.YCenter)
			style.Color = legible(category(max(s.Draw, 0)))
			c.FillText(style, vg.Point{X: (left + right) / 2, Y: (low + high) / 2}, text)
		}
		if s.Failed {
			frame(c, vg.Rectangle{Min: vg.Point{X: left, Y: low}, Max: vg.Point{X: right, Y: high}}, vermillion, vg.Points(1.4))
		}
	}
}

// Thumbnail implements plot.Thumbnailer.
func (work) Thumbnail(c *draw.Canvas) {
	third := c.Size().X / 3
	for i := range 3 {
		c.FillPolygon(category(i), corners(rectangle(c.Min.X+vg.Length(i)*third, c.Min.Y+1, third, c.Size().Y-2)))
	}
}

// box is a legend's outlined box.
type box struct{ fill, line color.Color }

// Thumbnail implements plot.Thumbnailer.
func (b box) Thumbnail(c *draw.Canvas) {
	r := rectangle(c.Min.X+1, c.Min.Y+1, c.Size().X-2, c.Size().Y-2)
	c.FillPolygon(b.fill, corners(r))
	frame(*c, r, b.line, vg.Points(1.4))
}
