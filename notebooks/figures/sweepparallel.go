package figures

import (
	"fmt"
	"image/color"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// maxLines is the largest number of lines for one kind of draw.
const maxLines = 500

// SweepParallel draws parallel coordinates of a search: an axis for each setting and one for the loss, and a line for each draw, coloured by its loss. The best
// draw's line is thick. Lines of draws that were stopped early, or failed, end before the loss. Of more than 500 it shows the best and others, and says so. Losses far from those of
// most draws lie at the end of the axis. It is an error if no draw is over.
func SweepParallel(d SweepData) (*Figure, error) {
	const what = "parallel coordinates"
	if err := d.check(what); err != nil {
		return nil, err
	}
	all, stopped, failed := d.compared(), d.in(SweepStopped), d.in(SweepFailed)
	if len(all)+len(stopped)+len(failed) == 0 {
		return nil, fmt.Errorf("figures: %s: found %d draws, none of them over; at least one is needed", what, len(d.Draws))
	}
	shown := bestAndEven(all, maxLines)
	foot := sentence(leftOut(len(shown), len(all), "draws"), leftOut(min(len(stopped), maxLines), len(stopped), "draws that were stopped"), leftOut(min(len(failed), maxLines), len(failed), "that failed"))
	stopped, failed = bestAndEven(stopped, maxLines), bestAndEven(failed, maxLines)
	axes := slices.Clone(d.Axes)
	shade := ordered(0, 1)
	if len(all) > 0 {
		low, high := lossEnds(all)
		axes = append(axes, SweepAxis{Name: d.Loss, Low: low, High: high})
		shade = ordered(low, high)
	}
	f := &Figure{width: max(6.5*vg.Inch, vg.Length(len(axes))*1.5*vg.Inch), height: 3.6 * vg.Inch}
	p := parallel{axes: axes, foot: foot}
	for _, r := range failed {
		p.lines = append(p.lines, parallelLine{r.Values, failedLine})
	}
	for _, r := range stopped {
		p.lines = append(p.lines, parallelLine{r.Values, stoppedLine})
	}
	for i, r := range slices.Backward(shown) {
		style := draw.LineStyle{Color: shade(r.Loss), Width: vg.Points(0.9)}
		if i == 0 {
			style.Width = vg.Points(2.6)
		}
		p.lines = append(p.lines, parallelLine{append(slices.Clone(r.Values), r.Loss), style})
	}
	p.legend = endings(len(all) > 0, len(stopped) > 0, len(failed) > 0)
	if len(all) > 0 {
		p.legend[0].name = fmt.Sprintf("best: draw %d", all[0].Number)
	}
	f.draw = p.draw
	f.interactive = d.parallelVegaLite(bestAndEven(all, MaxDots/len(axes)), len(all))
	return f, nil
}

var (
	stoppedLine = draw.LineStyle{Color: color.NRGBA{0xbb, 0xbb, 0xbb, 0xff}, Width: vg.Points(0.7), Dashes: []vg.Length{4, 2}}
	failedLine  = draw.LineStyle{Color: vermillion, Width: vg.Points(0.8), Dashes: []vg.Length{1.5, 2}}
	bestLine    = draw.LineStyle{Color: ordered(0, 1)(0), Width: vg.Points(2.6)}
)

// endings is a legend of what became of draws.
func endings(done, stopped, failed bool) (l legend) {
	for _, e := range []struct {
		there bool
		entry
	}{{done, entry{"best", curve{style: bestLine}}}, {stopped, entry{"stopped early", curve{style: stoppedLine}}}, {failed, entry{"failed", curve{style: failedLine}}}} {
		if e.there {
			l = append(l, e.entry)
		}
	}
	return l
}

// parallel is a drawing of parallel coordinates.
type parallel struct {
	axes   []SweepAxis
	lines  []parallelLine // the last is on top
	legend legend
	foot   string
}

type parallelLine struct {
	values []float64 // one for each axis, or of the first axes
	style  draw.LineStyle
}

func (p parallel) draw(c draw.Canvas) {
	blank(c)
	const right, top, bottom = 60, 52, 26
	left := vg.Length(40)
	if from, to := p.axes[0].ends(); len(p.axes[0].Choices) > 0 {
		for _, tick := range p.axes[0].ticks(from, to) {
			left = max(left, 12+textStyle(tickSize, 0, 0).Width(tick.Label))
		}
	}
	p.legend.draw(c, vg.Point{X: c.Min.X + 12, Y: c.Max.Y - 6}, c.Size().X-24)
	x := func(i int) vg.Length {
		return c.Min.X + left + vg.Length(i)*(c.Size().X-left-right)/vg.Length(max(1, len(p.axes)-1))
	}
	low, high := c.Min.Y+bottom, c.Max.Y-top
	y := func(a SweepAxis, place float64) vg.Length {
		from, to := a.ends()
		return low + vg.Length(min(max((place-from)/(to-from), 0), 1))*(high-low)
	}
	for _, l := range p.lines {
		var at []vg.Point
		for i, v := range l.values {
			at = append(at, vg.Point{X: x(i), Y: y(p.axes[i], p.axes[i].place(v))})
		}
		if len(at) == 1 { // the only axis: the line would have no length
			at = append(at, vg.Point{X: at[0].X + 12, Y: at[0].Y})
		}
		c.StrokeLines(l.style, at)
	}
	thin := draw.LineStyle{Color: ink, Width: vg.Points(0.8)}
	for i, a := range p.axes {
		c.StrokeLine2(thin, x(i), low, x(i), high)
		name := textStyle(labelSize, draw.XCenter, draw.YBottom)
		at := vg.Point{X: x(i), Y: high + 8}
		switch {
		case i == 0:
			name.XAlign, at.X = draw.XLeft, c.Min.X+6
		case i == len(p.axes)-1:
			name.XAlign, at.X = draw.XRight, c.Max.X-18
		}
		c.FillText(name, at, a.Name)
		from, to := a.ends()
		for _, tick := range a.ticks(from, to) {
			at := vg.Point{X: x(i), Y: y(a, tick.Value)}
			c.StrokeLine2(thin, at.X-3, at.Y, at.X, at.Y)
			text := textStyle(tickSize, draw.XRight, draw.YCenter)
			at.X -= 5
			if i == len(p.axes)-1 {
				text.XAlign, at.X = draw.XLeft, at.X+9
			}
			halo(c, text, at, tick.Label)
		}
	}
	c.FillText(textStyle(tickSize, draw.XLeft, draw.YBottom), vg.Point{X: c.Min.X + 12, Y: c.Min.Y + 4}, p.foot)
}

// halo writes a text on a white ground, so that it can be read on lines.
func halo(c draw.Canvas, style draw.TextStyle, at vg.Point, text string) {
	box := style.Rectangle(text)
	ground := color.NRGBA{0xff, 0xff, 0xff, 0xcc}
	c.FillPolygon(ground, corners(vg.Rectangle{Min: box.Min.Add(at), Max: box.Max.Add(at)}))
	c.FillText(style, at, text)
}
