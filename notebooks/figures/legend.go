package figures

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const legendLine = 13 // points from one line of a legend to the next

// entry is one line of a legend.
type entry struct {
	name  string
	thumb plot.Thumbnailer
}

// legend is a row of entries over a figure, where it cannot hide data; it runs on in a second row if it must.
type legend []entry

// rows says how many rows the legend takes up in a width.
func (l legend) rows(width vg.Length) int { return l.layout(width, func(vg.Length, int, entry) {}) }

func (l legend) layout(width vg.Length, put func(x vg.Length, row int, e entry)) (rows int) {
	if len(l) == 0 {
		return 0
	}
	x, row := vg.Length(0), 0
	for _, e := range l {
		w := 16 + textStyle(tickSize, 0, 0).Width(e.name) + 14
		if x > 0 && x+w-14 > width {
			x, row = 0, row+1
		}
		put(x, row, e)
		x += w
	}
	return row + 1
}

// draw puts the legend's top left corner at a point.
func (l legend) draw(c draw.Canvas, at vg.Point, width vg.Length) {
	l.layout(width, func(x vg.Length, row int, e entry) {
		y := at.Y - vg.Length(row)*legendLine
		box := c
		box.Rectangle = rectangle(at.X+x, y-10, 12, 9)
		e.thumb.Thumbnail(&box)
		c.FillText(textStyle(tickSize, draw.XLeft, draw.YCenter), vg.Point{X: at.X + x + 16, Y: y - 5}, e.name)
	})
}

// plotFigure is a plot that fills the figure, under its legend.
func plotFigure(p *plot.Plot, width, height vg.Length, l legend) *Figure {
	const left, right, top, bottom = 6, 12, 10, 6
	return &Figure{width: width, height: height, draw: func(c draw.Canvas) {
		blank(c)
		space := width - 40 - right
		l.draw(c, vg.Point{X: c.Min.X + 40, Y: c.Max.Y - 4}, space)
		p.Draw(draw.Crop(c, left, -right, bottom, -top-legendLine*vg.Length(l.rows(space))))
	}}
}
