package figures

import (
	"image/color"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// tiles arranges small pictures in rows and columns, from the top left.
type tiles struct {
	rows, cols         int
	width, height, gap vg.Length                                          // of one tile, and between tiles
	left, top, bottom  vg.Length                                          // margins for text
	tile               func(c draw.Canvas, r vg.Rectangle, row, col int)  // draws a tile; may leave it empty
	rowLabel, colLabel func(i int) string                                 // nil: none
	caption            func(row, col int) string                          // under each tile; nil: none
	foot               func(c draw.Canvas, left, right, bottom vg.Length) // nil: none
	corner             string                                             // over the row labels
}

const rightMargin = 10

func (t tiles) figure() *Figure {
	inner := vg.Length(t.cols)*(t.width+t.gap) - t.gap
	width := t.left + inner + rightMargin
	height := t.top + vg.Length(t.rows)*(t.height+t.gap) - t.gap + t.bottom
	return &Figure{width: width, height: height, draw: func(c draw.Canvas) {
		blank(c)
		origin := c.Min
		put := func(x, y vg.Length, xAlign text.XAlignment, yAlign text.YAlignment, s string) {
			c.FillText(textStyle(tickSize, xAlign, yAlign), vg.Point{X: x, Y: y}, s)
		}
		top := origin.Y + height - t.top
		for row := range t.rows {
			y := top - vg.Length(row+1)*t.height - vg.Length(row)*t.gap
			if t.rowLabel != nil {
				put(origin.X+t.left-6, y+t.height/2, draw.XRight, draw.YCenter, t.rowLabel(row))
			}
			for col := range t.cols {
				x := origin.X + t.left + vg.Length(col)*(t.width+t.gap)
				t.tile(c, rectangle(x, y, t.width, t.height), row, col)
				if row == 0 && t.colLabel != nil {
					put(x+t.width/2, top+4, draw.XCenter, draw.YBottom, t.colLabel(col))
				}
				if t.caption != nil {
					put(x+t.width/2, y-3, draw.XCenter, draw.YTop, t.caption(row, col))
				}
			}
		}
		if t.corner != "" {
			put(origin.X+t.left-6, top+4, draw.XRight, draw.YBottom, t.corner)
		}
		if t.foot != nil {
			t.foot(c, origin.X+t.left, origin.X+t.left+inner, origin.Y)
		}
	}}
}

// picture paints rows x cols values, row-major, with a thin frame. Three values for each dot are its red, green and blue, each as light as s makes it.
func picture(c draw.Canvas, r vg.Rectangle, values []float32, rows, cols int, s shade) {
	if len(values) == 3*rows*cols {
		paint(c, r, rows, cols, func(row, col int) color.NRGBA { return colour(values[3*(row*cols+col):], s) })
		frame(c, r, grey, vg.Points(0.4))
		return
	}
	paint(c, r, rows, cols, func(row, col int) color.NRGBA { return s(float64(values[row*cols+col])) })
	frame(c, r, grey, vg.Points(0.4))
}

// colour mixes red, green and blue, each as light as s makes it. A NaN among them is no data.
func colour(rgb []float32, s shade) color.NRGBA {
	for _, v := range rgb[:3] {
		if v != v {
			return noData
		}
	}
	return color.NRGBA{s(float64(rgb[0])).R, s(float64(rgb[1])).R, s(float64(rgb[2])).R, 0xff}
}
