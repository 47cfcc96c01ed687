package figures

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// GroupSize is the largest number of pictures drawn of a group, as in Fig. 6 of the paper. The rest is left out.
const GroupSize = 16

// MaxGroups is the largest number of groups in one figure. The rest is left out.
const MaxGroups = 24

// PictureGroup is square pictures that belong together, such as receptive fields of neurons with the same strongest feature.
type PictureGroup struct {
	Name     string
	Pictures [][]float32 // [size*size] each, images also [size*size*3], in colour; pixels beyond the image are NaN
	Captions []string    // one of each, or nil
}

// FieldGroups draws receptive fields in groups, up to two rows of eight for each. Red excites, blue suppresses; each field has its own symmetric
// scale. A field whose pixels are all NaN is labelled dead. Groups without pictures are left out. It is an error if no group is left.
func FieldGroups(groups []PictureGroup, size int) (*Figure, error) {
	return pictureGroups("receptive fields", groups, size, diverging, "Red excites, blue suppresses, each on its own scale; beige: beyond the image")
}

// ImageGroups draws images, such as most exciting ones, in groups like those of FieldGroups. Grey is 0; each image has its own symmetric scale.
func ImageGroups(groups []PictureGroup, size int) (*Figure, error) {
	return pictureGroups(images, groups, size, func(limit float64) shade { return greys(-limit, limit) }, "Grey is the mean, each image on its own scale; beige: beyond the image")
}

const images = "images"

func pictureGroups(what string, groups []PictureGroup, size int, colours func(limit float64) shade, foot string) (*Figure, error) {
	const across = 8
	type tile struct {
		values  []float32
		caption string
	}
	var rows [][]tile // rows
	var labels []string
	captions := false
	for _, g := range groups {
		if g.Captions != nil && len(g.Captions) != len(g.Pictures) {
			return nil, fmt.Errorf("figures: %s: %s: found %d captions for %d pictures; one of each or none is needed", what, g.Name, len(g.Captions), len(g.Pictures))
		}
		label := g.Name
		for i, p := range g.Pictures {
			if size < 1 || len(p) != size*size && (what != images || len(p) != 3*size*size) {
				return nil, fmt.Errorf("figures: %s: %s: found %d values in picture %d; accepted: %d, of %dx%d", what, g.Name, len(p), i, size*size, size, size)
			}
			if i == GroupSize {
				break
			}
			if i%across == 0 {
				if i == 0 && len(rows) >= MaxGroups*GroupSize/across {
					break
				}
				rows, labels, label = append(rows, nil), append(labels, label), ""
			}
			t := tile{values: slices.Clone(p)}
			if g.Captions != nil {
				t.caption, captions = g.Captions[i], true
			}
			rows[len(rows)-1] = append(rows[len(rows)-1], t)
		}
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("figures: %s: found no pictures; at least one is needed", what)
	}
	cols, left := 0, vg.Length(14)
	for i, row := range rows {
		cols, left = max(cols, len(row)), max(left, textStyle(tickSize, 0, 0).Width(labels[i])+14)
	}
	t := tiles{rows: len(rows), cols: cols, width: 52, height: 52, gap: 6, left: left, top: 10, bottom: 22}
	t.rowLabel = func(i int) string { return labels[i] }
	if captions {
		t.gap, t.bottom = 15, 32
		t.caption = func(row, col int) string {
			if col >= len(rows[row]) {
				return ""
			}
			return rows[row][col].caption
		}
	}
	t.tile = func(c draw.Canvas, r vg.Rectangle, row, col int) {
		if col >= len(rows[row]) {
			return
		}
		values := rows[row][col].values
		picture(c, r, values, size, size, colours(largest(values)))
		if !slices.ContainsFunc(values, func(v float32) bool { return !math.IsNaN(float64(v)) }) {
			c.FillText(textStyle(tickSize, draw.XCenter, draw.YCenter), vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: (r.Min.Y + r.Max.Y) / 2}, "dead")
		}
	}
	t.foot = func(c draw.Canvas, _, _, bottom vg.Length) {
		style := textStyle(tickSize, draw.XLeft, draw.YBottom)
		style.Color = grey
		c.FillText(style, vg.Point{X: c.Min.X + 8, Y: bottom + 6}, foot)
	}
	if narrowest := textStyle(tickSize, 0, 0).Width(foot) + 8 - t.left; vg.Length(cols)*(t.width+t.gap)-t.gap < narrowest {
		t.cols = int((narrowest+t.gap)/(t.width+t.gap)) + 1
	}
	return t.figure(), nil
}
