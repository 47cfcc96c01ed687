package figures

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// curve is a line through points, a dot where there is only one. Unlike plotter.Line it does not widen the plot's range.
type curve struct {
	points plotter.XYs
	style  draw.LineStyle
	dots   bool // at the points
}

// Plot implements plot.Plotter.
func (l curve) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	at := make([]vg.Point, len(l.points))
	for i, v := range l.points {
		at[i] = vg.Point{X: x(v.X), Y: y(v.Y)}
	}
	if len(at) == 1 {
		c.DrawGlyph(draw.GlyphStyle{Color: l.style.Color, Radius: vg.Points(2), Shape: draw.CircleGlyph{}}, at[0])
		return
	}
	c.StrokeLines(l.style, c.ClipLinesXY(at)...)
	for _, p := range at {
		if l.dots {
			c.DrawGlyph(draw.GlyphStyle{Color: l.style.Color, Radius: vg.Points(1.8), Shape: draw.CircleGlyph{}}, p)
		}
	}
}

// Thumbnail implements plot.Thumbnailer.
func (l curve) Thumbnail(c *draw.Canvas) {
	y := c.Center().Y
	c.StrokeLine2(l.style, c.Min.X, y, c.Max.X, y)
}

// segment is a line in data coordinates.
type segment struct {
	x0, y0, x1, y1 float64
	style          draw.LineStyle
}

// Plot implements plot.Plotter.
func (s segment) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	c.StrokeLines(s.style, c.ClipLinesXY([]vg.Point{{X: x(s.x0), Y: y(s.y0)}, {X: x(s.x1), Y: y(s.y1)}})...)
}

// Thumbnail implements plot.Thumbnailer.
func (s segment) Thumbnail(c *draw.Canvas) { curve{style: s.style}.Thumbnail(c) }

// note is text at a place in data coordinates.
type note struct {
	x, y   float64
	text   string
	xAlign text.XAlignment
	yAlign text.YAlignment
}

// Plot implements plot.Plotter.
func (n note) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	c.FillText(textStyle(tickSize, n.xAlign, n.yAlign), vg.Point{X: x(n.x), Y: y(n.y)}, n.text)
}

// ring marks one point.
type ring struct{ x, y float64 }

// Plot implements plot.Plotter.
func (r ring) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	r.at(c, vg.Point{X: x(r.x), Y: y(r.y)})
}

// Thumbnail implements plot.Thumbnailer.
func (r ring) Thumbnail(c *draw.Canvas) { r.at(*c, c.Center()) }

func (ring) at(c draw.Canvas, at vg.Point) {
	const radius = 4
	c.SetLineStyle(draw.LineStyle{Color: vermillion, Width: vg.Points(1.6)})
	var circle vg.Path
	circle.Move(vg.Point{X: at.X + radius, Y: at.Y})
	circle.Arc(at, radius, 0, 2*math.Pi)
	circle.Close()
	c.Stroke(circle)
}
