package figures

import (
	"fmt"
	"image/color"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	labelSize = 9 // points
	tickSize  = 8
)

// The colours are Okabe and Ito's, which readers with any common colour vision tell apart.
var (
	ink        = color.NRGBA{0x33, 0x33, 0x33, 0xff} // axes and text
	grey       = color.NRGBA{0x99, 0x99, 0x99, 0xff}
	lightGrey  = color.NRGBA{0xdd, 0xdd, 0xdd, 0xff}
	blue       = color.NRGBA{0x00, 0x72, 0xb2, 0xff}
	lightBlue  = color.NRGBA{0x9c, 0xc6, 0xe0, 0xff}
	vermillion = color.NRGBA{0xd5, 0x5e, 0x00, 0xff}

	categories = []color.NRGBA{
		blue, {0xe6, 0x9f, 0x00, 0xff}, {0x00, 0x9e, 0x73, 0xff}, {0xcc, 0x79, 0xa7, 0xff},
		{0x56, 0xb4, 0xe9, 0xff}, vermillion, {0xf0, 0xe4, 0x42, 0xff}, {0x55, 0x55, 0x55, 0xff},
	}
)

// category is the colour of a type or cluster; grey for those below 0 (none). Colours repeat after 8.
func category(i int) color.NRGBA {
	if i < 0 {
		return lightGrey
	}
	return categories[i%len(categories)]
}

// Colour is the colour of a type or cluster in all figures, as in #0072b2; grey below 0.
func Colour(i int) string {
	c := category(i)
	return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
}

func textStyle(size vg.Length, x text.XAlignment, y text.YAlignment) text.Style {
	return text.Style{
		Color: ink, Font: font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, size),
		XAlign: x, YAlign: y, Handler: plot.DefaultTextHandler,
	}
}

// newPlot returns an empty plot in the style of all figures.
func newPlot(xLabel, yLabel string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = color.White
	for axis, label := range map[*plot.Axis]string{&p.X: xLabel, &p.Y: yLabel} {
		axis.Label.Text = label
		axis.Label.TextStyle.Font = textStyle(labelSize, 0, 0).Font
		axis.Label.TextStyle.Color = ink
		axis.Label.Padding = vg.Points(3)
		axis.Tick.Label.Font = textStyle(tickSize, 0, 0).Font
		axis.Tick.Label.Color = ink
		axis.Tick.Color, axis.Tick.Width, axis.Tick.Length = ink, vg.Points(0.6), vg.Points(3)
		axis.Color, axis.Width = ink, vg.Points(0.6)
		axis.Padding = 0
		axis.Tick.Marker = evenTicks{}
	}
	return p
}

// evenTicks puts about five labelled ticks at steps of 1, 2 or 5 times a power of ten.
type evenTicks struct{ whole bool } // whole: no fractions

// Ticks implements plot.Ticker.
func (e evenTicks) Ticks(lo, hi float64) []plot.Tick {
	span := hi - lo
	if !(span > 0) || math.IsInf(span, 0) {
		return []plot.Tick{{Value: lo, Label: number(lo)}}
	}
	step := math.Pow(10, math.Floor(math.Log10(span/4)))
	for _, by := range []float64{2, 2.5, 2} { // 1, 2, 5, 10
		if span/step <= 6 {
			break
		}
		step *= by
	}
	if e.whole {
		step = max(step, 1)
	}
	var ticks []plot.Tick
	first := math.Ceil(lo/step - 1e-9)
	for i := range 12 { // a fixed count: if lo is much larger than step, adding 1 may not change first
		at := (first + float64(i)) * step
		if at > hi+1e-9*span {
			break
		}
		ticks = append(ticks, plot.Tick{Value: at, Label: number(at)})
	}
	return ticks
}

// number formats a value with up to six digits and a typographic minus sign.
func number(v float64) string {
	if math.Abs(v) < 1e-12 {
		return "0"
	}
	return strings.Replace(strconv.FormatFloat(v, 'g', 6, 64), "-", "\u2212", 1)
}

// short formats a value like number, with up to three digits.
func short(v float64) string {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64) //nolint:errcheck // what was just written
	return number(rounded)
}

// blank fills a canvas with white: canvases start transparent.
func blank(c draw.Canvas) {
	c.FillPolygon(color.White, corners(c.Rectangle))
}

func corners(r vg.Rectangle) []vg.Point {
	return []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}}
}

func rectangle(x, y, width, height vg.Length) vg.Rectangle {
	return vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + width, Y: y + height}}
}

// frame outlines a rectangle.
func frame(c draw.Canvas, r vg.Rectangle, clr color.Color, width vg.Length) {
	p := corners(r)
	c.StrokeLines(draw.LineStyle{Color: clr, Width: width}, append(p, p[0]))
}
