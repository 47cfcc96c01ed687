package figures

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// MeanImage draws the mean image and each pixel's SD over images side by side, both [height, width], each with its own grey scale.
// It reveals masks, vignettes and dead pixels. Values that are not finite are beige.
func MeanImage(mean, sd []float32, height, width int) (*Figure, error) {
	for _, of := range []struct {
		name   string
		values []float32
	}{{"mean image", mean}, {"SD of pixels", sd}} {
		if _, err := pictures(of.name, of.values, height, width); err != nil {
			return nil, err
		}
		if len(of.values) != height*width {
			return nil, fmt.Errorf("figures: %s: found %d values for one picture of %dx%d", of.name, len(of.values), height, width)
		}
	}
	t := montage(2, height, width)
	most := vg.Length(180)
	if width > 3*height {
		most = 220
	}
	scale := min(most/t.width, 150/t.height)
	t.width, t.height = max(t.width*scale, 60), max(t.height*scale, 6)
	t.gap, t.left, t.top, t.bottom = 80, 14, 24, 14
	names := []string{"mean", "SD over images"}
	values := [][]float32{slices.Clone(mean), slices.Clone(sd)}
	t.colLabel = func(i int) string { return names[i] }
	t.tile = func(c draw.Canvas, r vg.Rectangle, _, col int) {
		lo, hi := extremes(values[col])
		picture(c, r, values[col], height, width, greys(lo, hi))
		upright(c, rectangle(r.Max.X+8, r.Min.Y, 8, r.Size().Y), greys(lo, hi), lo, hi)
	}
	figure := t.figure()
	figure.width += 50 // the scale of the picture on the right
	return figure, nil
}

// extremes are the lowest and highest finite value; 0 and 0 if there is none.
func extremes(values []float32) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if v-v == 0 {
			lo, hi = min(lo, float64(v)), max(hi, float64(v))
		}
	}
	if lo > hi {
		return 0, 0
	}
	return lo, hi
}

// upright is a colour scale from lo (bottom) to hi, numbers to its right.
func upright(c draw.Canvas, r vg.Rectangle, s shade, lo, hi float64) {
	const steps = 128
	paint(c, r, steps, 1, func(row, _ int) color.NRGBA { return s(hi - (hi-lo)*float64(row)/(steps-1)) })
	frame(c, r, ink, vg.Points(0.4))
	put := func(y vg.Length, align text.YAlignment, v float64) {
		c.FillText(textStyle(tickSize, draw.XLeft, align), vg.Point{X: r.Max.X + 4, Y: y}, short(v))
	}
	if hi > lo {
		put(r.Max.Y, draw.YTop, hi)
		put(r.Min.Y, draw.YBottom, lo)
	} else {
		put((r.Min.Y+r.Max.Y)/2, draw.YCenter, lo)
	}
}
