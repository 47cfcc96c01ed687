package figures

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// SweepSlices draws the loss over each setting of a search: a dot for each draw that is done, with its standard deviation over seeds; a ring marks the best draw.
// Axes are logarithmic where the range is. Losses far above those of most draws lie at the upper edge, as triangles. Of more than MaxDots draws it shows the
// best and others, and says so. It is an error if no draw is done.
func SweepSlices(d SweepData) (*Figure, error) {
	const what = "slices"
	if err := d.check(what); err != nil {
		return nil, err
	}
	all := d.compared()
	if len(all) == 0 {
		return nil, fmt.Errorf("figures: %s: found %d draws, none of them with a loss; at least one is needed", what, len(d.Draws))
	}
	low, high := lossEnds(all)
	shown := bestAndEven(all, MaxDots)
	bottom, top := pad(low, high, 0.08)
	var plots []*plot.Plot
	for i, a := range d.Axes {
		label := ""
		if len(plots)%perRow(len(d.Axes)) == 0 {
			label = d.Loss
		}
		p := newPlot(a.Name, label)
		p.Y.Min, p.Y.Max = bottom, top
		from, to := a.ends()
		p.X.Min, p.X.Max = pad(from, to, 0.06)
		p.X.Tick.Marker = thinTicks{a.ticks(from, to)}
		s := slice{top: high, shade: ordered(low, high)}
		for _, r := range slices.Backward(shown) { // the best on top
			s.at, s.sd = append(s.at, plotter.XY{X: a.place(r.Values[i]), Y: r.Loss}), append(s.sd, r.SD)
		}
		p.Add(s, ring{a.place(all[0].Values[i]), all[0].Loss})
		plots = append(plots, p)
	}
	l := legend{{fmt.Sprintf("best: draw %d", all[0].Number), ring{}}}
	if over := len(shown) - slices.IndexFunc(append(slices.Clone(shown), SweepDraw{Loss: math.Inf(1)}), func(r SweepDraw) bool { return r.Loss > high }); over > 0 {
		l = append(l, entry{fmt.Sprintf("%d with a loss above %s, up to %s", over, short(high), short(all[len(all)-1].Loss)), beyond{}})
	}
	if left := leftOut(len(shown), len(all), "draws"); left != "" {
		l = append(l, entry{left, slice{}})
	}
	f := inRows(plots, l)
	if len(plots) == 1 {
		f = plotFigure(plots[0], 4.6*vg.Inch, 3.2*vg.Inch, l)
	}
	f.interactive = d.slicesVegaLite(bestAndEven(all, MaxDots/2), len(all), [2]float64{bottom, top})
	return f, nil
}

// perRow is how many plots inRows puts into a row.
func perRow(n int) int {
	columns := min(n, 4)
	rows := (n + columns - 1) / columns
	return (n + rows - 1) / rows
}

// thinTicks are at most as many ticks as a small plot has room for.
type thinTicks struct{ all []plot.Tick }

// Ticks implements plot.Ticker.
func (t thinTicks) Ticks(_, _ float64) []plot.Tick {
	letters := 0
	for _, tick := range t.all {
		letters = max(letters, len([]rune(tick.Label)))
	}
	most := max(1, 32/(letters+2))
	every := (len(t.all) + most - 1) / most
	ticks := slices.Clone(t.all)
	for i := range ticks {
		if every > 1 && i%every != 0 {
			ticks[i].Label = ""
		}
	}
	return ticks
}

// slice is dots of draws, coloured by loss. Those above top are triangles at the upper edge.
type slice struct {
	at    plotter.XYs
	sd    []float64 // NaN: none
	top   float64
	shade shade
}

// Plot implements plot.Plotter.
func (s slice) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	radius := vg.Points(2.6)
	if len(s.at) > 300 {
		radius = vg.Points(1.6)
	}
	for i, v := range s.at {
		at := vg.Point{X: x(v.X), Y: y(min(v.Y, s.top))}
		glyph := draw.GlyphStyle{Color: s.shade(v.Y), Radius: radius, Shape: draw.CircleGlyph{}}
		if v.Y > s.top {
			glyph.Shape = draw.PyramidGlyph{}
			c.DrawGlyphNoClip(glyph, at)
			continue
		}
		if sd := s.sd[i]; sd > 0 && sd < 1e12 {
			c.StrokeLines(draw.LineStyle{Color: withAlpha(glyph.Color, 0x80), Width: vg.Points(0.7)}, c.ClipLinesXY([]vg.Point{{X: at.X, Y: y(v.Y - sd)}, {X: at.X, Y: y(v.Y + sd)}})...)
		}
		c.DrawGlyph(glyph, at)
	}
}

// Thumbnail implements plot.Thumbnailer.
func (slice) Thumbnail(c *draw.Canvas) {
	c.DrawGlyph(draw.GlyphStyle{Color: blue, Radius: vg.Points(2), Shape: draw.CircleGlyph{}}, c.Center())
}

// beyond is the legend's triangle.
type beyond struct{}

// Thumbnail implements plot.Thumbnailer.
func (beyond) Thumbnail(c *draw.Canvas) {
	c.DrawGlyph(draw.GlyphStyle{Color: ordered(0, 1)(1), Radius: vg.Points(2.6), Shape: draw.PyramidGlyph{}}, c.Center())
}

func withAlpha(c color.Color, alpha uint8) color.NRGBA {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = alpha
	return n
}
