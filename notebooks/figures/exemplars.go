package figures

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Exemplar is a typical neuron of a cluster with its two pictures, [size*size] each. Pixels beyond the image are NaN.
type Exemplar struct {
	Name  string
	Type  string    // true type; empty: unknown
	Field []float32 // receptive field
	Image []float32 // most exciting image
}

// ExemplarGroup has the exemplars of a cluster.
type ExemplarGroup struct {
	Name    string
	Neurons []Exemplar
}

// Exemplars draws receptive field and most exciting image of neurons side by side, a row for each cluster. A neuron whose pictures are all NaN is
// labelled dead. It is an error if there is no neuron or a picture has another size.
func Exemplars(groups []ExemplarGroup, size int) (*Figure, error) {
	cols := 0
	left := vg.Length(14)
	rows := make([][]Exemplar, 0, len(groups))
	var labels []string
	for _, g := range groups[:min(len(groups), MaxGroups)] {
		for _, e := range g.Neurons {
			if size < 1 || len(e.Field) != size*size || len(e.Image) != size*size && len(e.Image) != 3*size*size {
				return nil, fmt.Errorf("figures: exemplars: %s, %s: found %d values of a field and %d of an image; accepted: %d, of %dx%d", g.Name, e.Name, len(e.Field), len(e.Image), size*size, size, size)
			}
		}
		if len(g.Neurons) > 0 {
			rows, labels = append(rows, slices.Clone(g.Neurons)), append(labels, g.Name)
			cols, left = max(cols, len(g.Neurons)), max(left, textStyle(tickSize, 0, 0).Width(g.Name)+14)
		}
	}
	if cols == 0 {
		return nil, fmt.Errorf("figures: exemplars: found no neurons; at least one is needed")
	}
	const edge, between, apart, under, top, bottom = 58, 3, 14, 17, 20, 22 // points
	pair := vg.Length(2*edge + between)
	foot := "Red excites, blue suppresses; each picture on its own scale; beige: beyond the image"
	width := max(left+vg.Length(cols)*(pair+apart), textStyle(tickSize, 0, 0).Width(foot)+20)
	height := top + vg.Length(len(rows))*(edge+under) + bottom
	return &Figure{width: width, height: height, draw: func(c draw.Canvas) {
		blank(c)
		put := func(x, y vg.Length, s string, style vg.Length, right bool) {
			align := draw.XCenter
			if right {
				align = draw.XRight
			}
			c.FillText(textStyle(style, align, draw.YCenter), vg.Point{X: c.Min.X + x, Y: c.Min.Y + y}, s)
		}
		for i, row := range rows {
			y := height - top - vg.Length(i)*(edge+under) - edge
			put(left-6, y+edge/2, labels[i], tickSize, true)
			for j, e := range row {
				x := left + vg.Length(j)*(pair+apart)
				if i == 0 {
					put(x+edge/2, y+edge+8, "field", tickSize, false)
					put(x+edge+between+edge/2, y+edge+8, "image", tickSize, false)
				}
				for k, values := range [][]float32{e.Field, e.Image} {
					r := rectangle(c.Min.X+x+vg.Length(k)*(edge+between), c.Min.Y+y, edge, edge)
					limit := largest(values)
					colours := diverging(limit)
					if k == 1 {
						colours = greys(-limit, limit)
					}
					picture(c, r, values, size, size, colours)
					if !slices.ContainsFunc(values, func(v float32) bool { return !math.IsNaN(float64(v)) }) {
						put(x+vg.Length(k)*(edge+between)+edge/2, y+edge/2, "dead", tickSize, false)
					}
				}
				name := e.Name
				if e.Type != "" {
					name += ", " + e.Type
				}
				put(x+pair/2, y-7, name, tickSize, false)
			}
		}
		style := textStyle(tickSize, draw.XLeft, draw.YBottom)
		style.Color = grey
		c.FillText(style, vg.Point{X: c.Min.X + 8, Y: c.Min.Y + 5}, foot)
	}}, nil
}
