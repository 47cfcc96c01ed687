package figures

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// MaxPairs is the largest number of pairs that ImagePairs draws. The rest is left out.
const MaxPairs = 12

// ImagePair is two grey images [height, width], such as the same picture in two parts of a recording.
type ImagePair struct {
	First, Second         []float32
	FirstName, SecondName string
}

// ImagePairs draws the first pairs, the images of a pair side by side with their names below, all with the same grey scale.
func ImagePairs(pairs []ImagePair, height, width int) (*Figure, error) {
	if len(pairs) == 0 {
		return nil, fmt.Errorf("figures: image pairs: found no pairs; at least one is needed")
	}
	pairs = slices.Clone(pairs[:min(len(pairs), MaxPairs)])
	var all []float32
	for i, p := range pairs {
		if height < 1 || width < 1 || len(p.First) != height*width || len(p.Second) != height*width {
			return nil, fmt.Errorf("figures: image pairs: found %d and %d values for pair %d; images of %dx%d are needed", len(p.First), len(p.Second), i, height, width)
		}
		all = append(append(all, p.First...), p.Second...)
	}
	lo, hi := greyRange(all)
	one := montage(6, height, width)
	one.width = max(one.width, 46) // room for the names
	perRow := min(len(pairs), max(1, int(440/(2*one.width+20))))
	const between = 2
	t := tiles{
		rows: (len(pairs) + perRow - 1) / perRow, cols: perRow, width: 2*one.width + between, height: one.height, gap: 20, left: 10, top: 10, bottom: 22,
	}
	t.tile = func(c draw.Canvas, r vg.Rectangle, row, col int) {
		i := row*perRow + col
		if i >= len(pairs) {
			return
		}
		for k, name := range []string{pairs[i].FirstName, pairs[i].SecondName} {
			at := rectangle(r.Min.X+vg.Length(k)*(one.width+between), r.Min.Y, one.width, one.height)
			values := all[(2*i+k)*height*width:][:height*width]
			picture(c, at, values, height, width, greys(lo, hi))
			c.FillText(textStyle(tickSize, draw.XCenter, draw.YTop), vg.Point{X: (at.Min.X + at.Max.X) / 2, Y: at.Min.Y - 3}, name)
		}
	}
	return t.figure(), nil
}
