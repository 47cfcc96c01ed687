package figures

import (
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// shade maps a number to a colour.
type shade func(v float64) color.NRGBA

// noData is the colour of NaN.
var noData = color.NRGBA{0xe0, 0xd8, 0xc0, 0xff}

// diverging runs from blue through white to red over [-limit, limit]; zero is white even where limit is 0.
func diverging(limit float64) shade {
	anchors := []color.NRGBA{{0x05, 0x30, 0x61, 0xff}, {0x21, 0x66, 0xac, 0xff}, {0x74, 0xad, 0xd1, 0xff}, {0xf7, 0xf7, 0xf7, 0xff}, {0xf4, 0x8d, 0x6a, 0xff}, {0xb2, 0x18, 0x2b, 0xff}, {0x67, 0x00, 0x1f, 0xff}}
	return func(v float64) color.NRGBA {
		if limit > 0 {
			v /= limit
		}
		return between(anchors, (v+1)/2)
	}
}

// sequential runs from white to dark blue over [0, limit].
func sequential(limit float64) shade {
	anchors := []color.NRGBA{{0xff, 0xff, 0xff, 0xff}, {0xc6, 0xdb, 0xef, 0xff}, {0x6b, 0xae, 0xd6, 0xff}, {0x21, 0x71, 0xb5, 0xff}, {0x08, 0x30, 0x6b, 0xff}}
	return func(v float64) color.NRGBA {
		if limit > 0 {
			v /= limit
		}
		return between(anchors, v)
	}
}

// greys runs from black to white over [lo, hi].
func greys(lo, hi float64) shade {
	return func(v float64) color.NRGBA {
		if hi > lo {
			v = (v - lo) / (hi - lo)
		} else {
			v = 0.5 + 0*v // a flat picture is grey; NaN stays NaN
		}
		return between([]color.NRGBA{{0, 0, 0, 255}, {255, 255, 255, 255}}, v)
	}
}

// ordered runs from dark blue through green to yellow over [lo, hi]; every step differs in lightness too, for dots on white.
func ordered(lo, hi float64) shade {
	anchors := []color.NRGBA{{0x2a, 0x1e, 0x5c, 0xff}, {0x2b, 0x50, 0x8d, 0xff}, {0x1f, 0x82, 0x8c, 0xff}, {0x49, 0xad, 0x70, 0xff}, {0xe3, 0xc6, 0x2c, 0xff}}
	return func(v float64) color.NRGBA {
		if hi > lo {
			v = (v - lo) / (hi - lo)
		} else {
			v *= 0 // NaN stays NaN
		}
		return between(anchors, v)
	}
}

func between(anchors []color.NRGBA, v float64) color.NRGBA {
	if v != v {
		return noData
	}
	at := min(max(v, 0), 1) * float64(len(anchors)-1)
	i := min(int(at), len(anchors)-2)
	a, b, t := anchors[i], anchors[i+1], at-float64(i)
	mix := func(x, y uint8) uint8 { return uint8(math.Round(float64(x) + t*(float64(y)-float64(x)))) }
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// paint draws a matrix of rows x cols coloured cells, row 0 on top. It draws one picture with the resolution of the canvas:
// cells have sharp edges, and a large matrix is not split into many shapes.
func paint(c draw.Canvas, r vg.Rectangle, rows, cols int, at func(row, col int) color.NRGBA) {
	dpi := 300.0
	if d, ok := c.Canvas.(interface{ DPI() float64 }); ok {
		dpi = d.DPI()
	}
	size := r.Size()
	width, height := max(1, int(math.Round(size.X.Dots(dpi)))), max(1, int(math.Round(size.Y.Dots(dpi))))
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetNRGBA(x, y, at(y*rows/height, x*cols/width))
		}
	}
	c.DrawImage(r, img)
}

// heat is a matrix inside a plot: column j covers [j, j+1] and row i, counted from the top, [top-(i+1)*height, top-i*height].
type heat struct {
	rows, cols  int
	top, height float64
	at          func(row, col int) color.NRGBA
}

// Plot implements plot.Plotter.
func (h heat) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	paint(c, vg.Rectangle{Min: vg.Point{X: x(0), Y: y(h.top - float64(h.rows)*h.height)}, Max: vg.Point{X: x(float64(h.cols)), Y: y(h.top)}}, h.rows, h.cols, h.at)
}

// DataRange implements plot.DataRanger.
func (h heat) DataRange() (xmin, xmax, ymin, ymax float64) {
	return 0, float64(h.cols), h.top - float64(h.rows)*h.height, h.top
}

// bar is a colour scale from lo (left) to hi.
func bar(c draw.Canvas, r vg.Rectangle, s shade, lo, hi float64, left, right, label string) {
	const steps = 128
	paint(c, r, 1, steps, func(_, col int) color.NRGBA { return s(lo + (hi-lo)*float64(col)/(steps-1)) })
	frame(c, r, ink, vg.Points(0.4))
	middle := (r.Min.Y + r.Max.Y) / 2
	c.FillText(textStyle(tickSize, draw.XRight, draw.YCenter), vg.Point{X: r.Min.X - 4, Y: middle}, left)
	c.FillText(textStyle(tickSize, draw.XLeft, draw.YCenter), vg.Point{X: r.Max.X + 4, Y: middle}, right)
	c.FillText(textStyle(tickSize, draw.XCenter, draw.YTop), vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: r.Min.Y - 3}, label)
}
