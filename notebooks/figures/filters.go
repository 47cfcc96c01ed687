package figures

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Filters draws the first layer's filters as convolved, [size, size, 1, rotations*features] with channel = rotation*features + feature:
// one row per feature, one column per orientation. Each row has its own symmetric colour scale.
// Weights that are not finite show in beige.
func Filters(weights []float32, size, rotations, features int) (*Figure, error) {
	if size < 1 || rotations < 1 || features < 1 || len(weights) != size*size*rotations*features {
		return nil, fmt.Errorf("figures: filters: found %d weights for [%d, %d, 1, %d rotations * %d features]; every axis must be at least 1 and their product the number of weights",
			len(weights), size, size, rotations, features)
	}
	channels := rotations * features
	filters := make([][]float32, channels) // [size, size] each
	limits := make([]float64, features)
	for c := range channels {
		filters[c] = make([]float32, size*size)
		for i := range filters[c] {
			filters[c][i] = weights[i*channels+c]
		}
		limits[c%features] = max(limits[c%features], largest(filters[c]))
	}
	t := tiles{
		rows: features, cols: rotations, width: 42, height: 42, gap: 5, left: 46, top: 22, bottom: 42, corner: "Feature",
		rowLabel: func(i int) string { return fmt.Sprint(i) },
		colLabel: func(i int) string { return degrees(i, rotations) },
		tile: func(c draw.Canvas, r vg.Rectangle, row, col int) {
			picture(c, r, filters[col*features+row], size, size, diverging(limits[row]))
		},
		foot: func(c draw.Canvas, left, right, bottom vg.Length) {
			width := min(120, (right-left)*0.6)
			bar(c, rectangle((left+right-width)/2, bottom+18, width, 8), diverging(1), -1, 1, "\u2212max", "max", "Weight, each feature on its own scale")
		},
	}
	if rotations < 4 {
		t.left += 50 // room for the scale
	}
	return t.figure(), nil
}

// ClusterTemplates draws each cluster's mean weights after alignment, [clusters, rotations, features]. Rows are features; columns are orientations
// relative to the neuron's own. sizes are the numbers of neurons. Each cluster has its own symmetric colour scale.
func ClusterTemplates(templates []float32, rotations, features int, sizes []int) (*Figure, error) {
	k := len(sizes)
	if k < 1 || rotations < 1 || features < 1 || len(templates) != k*rotations*features {
		return nil, fmt.Errorf("figures: cluster templates: found %d weights for [%d clusters, %d rotations, %d features]; every axis must be at least 1 and their product the number of weights",
			len(templates), k, rotations, features)
	}
	turned := make([][]float32, k) // [features, rotations], own orientation in the middle
	for j := range turned {
		turned[j] = make([]float32, rotations*features)
		for r := range rotations {
			for f := range features {
				turned[j][f*rotations+(r+(rotations-1)/2)%rotations] = templates[(j*rotations+r)*features+f]
			}
		}
	}
	rows := (k + 3) / 4
	cols := (k + rows - 1) / rows
	cell := min(10, 150/vg.Length(features))
	t := tiles{
		rows: rows, cols: cols, width: max(cell*vg.Length(rotations), 76), height: cell * vg.Length(features), gap: 34, left: 40, top: 22, bottom: 50,
	}
	t.tile = func(c draw.Canvas, r vg.Rectangle, row, col int) {
		j := row*cols + col
		if j >= k {
			return
		}
		picture(c, r, turned[j], features, rotations, diverging(largest(turned[j])))
		style := textStyle(tickSize-1, draw.XRight, draw.YCenter)
		every := (features + 7) / 8
		for f := 0; f < features; f += every {
			c.FillText(style, vg.Point{X: r.Min.X - 3, Y: r.Max.Y - (vg.Length(f)+0.5)*r.Size().Y/vg.Length(features)}, fmt.Sprint(f))
		}
		style.XAlign, style.YAlign = draw.XCenter, draw.YTop
		middle := (rotations - 1) / 2
		for _, at := range []int{0, middle, rotations - 1} {
			if at == middle || rotations > 2 {
				x := r.Min.X + (vg.Length(at)+0.5)*r.Size().X/vg.Length(rotations)
				c.FillText(style, vg.Point{X: x, Y: r.Min.Y - 2}, degrees(at-middle, rotations))
			}
		}
		c.FillText(textStyle(tickSize, draw.XCenter, draw.YBottom), vg.Point{X: (r.Min.X + r.Max.X) / 2, Y: r.Max.Y + 4}, fmt.Sprintf("cluster %d (n = %d)", j, sizes[j]))
	}
	t.foot = func(c draw.Canvas, left, right, bottom vg.Length) {
		style := textStyle(tickSize, draw.XLeft, draw.YBottom)
		style.Color = grey
		for i, line := range []string{"Rows: features. Columns: orientation.", "Red excites, blue suppresses."} {
			c.FillText(style, vg.Point{X: left - 14, Y: bottom + 17 - 11*vg.Length(i)}, line)
		}
	}
	if k == 1 {
		t.width = max(t.width, 150) // room for the foot
	}
	return t.figure(), nil
}

// degrees formats the angle of rotation i of n.
func degrees(i, n int) string {
	return number(math.Round(3600*float64(i)/float64(n))/10) + "°"
}

// largest returns the largest finite magnitude.
func largest(values []float32) float64 {
	top := 0.0
	for _, v := range values {
		if a := math.Abs(float64(v)); !math.IsInf(a, 0) && a > top {
			top = a
		}
	}
	return top
}
