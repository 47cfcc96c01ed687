package figures

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// AlignedWeightsData is the data of AlignedWeights. Cluster and Truth are [neurons].
type AlignedWeightsData struct {
	Values    []float32 // [neurons, Rotations, Features], aligned over orientation
	Rotations int
	Features  int
	Cluster   []int    // negative: none
	Truth     []int    // true type, drawn as a strip on top; nil: no strip
	Types     []string // names of the true types
}

// AlignedWeights draws the weights of all neurons. Each column is a neuron; columns are sorted by cluster, neurons in no cluster last. Each feature
// is a band whose rows are the orientations. A dead neuron, whose weights are 0, is beige. It is an error if the sizes disagree or there are no neurons.
func AlignedWeights(d AlignedWeightsData) (*Figure, error) {
	n, channels := len(d.Cluster), d.Rotations*d.Features
	if d.Rotations < 1 || d.Features < 1 || n < 1 || len(d.Values) != n*channels {
		return nil, fmt.Errorf("figures: aligned weights: found %d weights for [%d neurons, %d rotations, %d features]; every axis must be at least 1 and their product the number of weights", len(d.Values), n, d.Rotations, d.Features)
	}
	if d.Truth != nil && len(d.Truth) != n {
		return nil, fmt.Errorf("figures: aligned weights: found %d true types for %d neurons; one per neuron is needed", len(d.Truth), n)
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	rank := func(i int) int { // no cluster comes last, then by true type
		if d.Cluster[i] < 0 {
			return math.MaxInt
		}
		return d.Cluster[i]
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch x, y := rank(a), rank(b); {
		case x < y:
			return -1
		case x > y:
			return 1
		case d.Truth != nil:
			return sign(d.Truth[a], d.Truth[b])
		}
		return 0
	})
	dead, used := make([]bool, n), make([]float64, 0, n*channels)
	for i := range n {
		dead[i] = true
		for _, v := range d.Values[i*channels : (i+1)*channels] {
			if v != 0 {
				dead[i] = false
			}
			if a := math.Abs(float64(v)); a > 0 && !math.IsInf(a, 0) {
				used = append(used, a)
			}
		}
	}
	limit := 0.0
	if slices.Sort(used); len(used) > 0 {
		limit = used[len(used)*98/100] // with the few largest values as limit, the rest would be white
	}
	shades := diverging(limit)
	top := float64(channels)
	cluster := make([]int, n)
	values := make([]float64, channels*n) // [feature, rotation, neuron in order]
	for col, i := range order {
		cluster[col] = max(d.Cluster[i], -1)
		for f := range d.Features {
			for r := range d.Rotations {
				v := float64(d.Values[i*channels+r*d.Features+f])
				if dead[i] {
					v = math.NaN()
				}
				values[(f*d.Rotations+r)*n+col] = v
			}
		}
	}
	p := newPlot("Neuron, sorted by cluster", "Feature")
	p.X.Tick.Marker = evenTicks{whole: true}
	p.X.LineStyle.Width, p.Y.LineStyle.Width, p.Y.Tick.Length = 0, 0, 0
	p.Add(heat{channels, n, top, 1, func(row, col int) color.NRGBA { return shades(values[row*n+col]) }})
	var ticks plot.ConstantTicks
	for f := range d.Features {
		y := top - float64(f*d.Rotations)
		if f > 0 {
			p.Add(segment{0, y, float64(n), y, draw.LineStyle{Color: lightGrey, Width: vg.Points(0.6)}})
		}
		if every := (d.Features + 23) / 24; f%every == 0 {
			ticks = append(ticks, plot.Tick{Value: y - float64(d.Rotations)/2, Label: fmt.Sprint(f)})
		}
	}
	p.Y.Tick.Marker = ticks
	strip := top / 22
	bottom := top + 0.7*strip
	for i := 1; i < n; i++ {
		if cluster[i] != cluster[i-1] {
			p.Add(segment{float64(i), 0, float64(i), top, draw.LineStyle{Color: ink, Width: vg.Points(0.9)}})
		}
	}
	p.Add(outline{0, 0, float64(n), top})
	p.Add(heat{1, n, bottom + strip, strip, func(_, col int) color.NRGBA { return category(cluster[col]) }})
	var l legend
	for _, g := range slices.Compact(slices.Sorted(slices.Values(cluster))) {
		name := "no cluster"
		if g >= 0 {
			name = fmt.Sprint("cluster ", g)
		}
		l = append(l, entry{name, steps{fill: category(g)}})
	}
	if d.Truth != nil {
		truth := make([]int, n)
		for col, i := range order {
			truth[col] = max(d.Truth[i], -1)
		}
		p.Add(heat{1, n, bottom + 2.4*strip, strip, func(_, col int) color.NRGBA { return category(truth[col]) }})
		for _, g := range slices.Compact(slices.Sorted(slices.Values(truth))) {
			l = append(l, entry{"upper strip: " + typeName(g, d.Types), steps{fill: category(g)}})
		}
	}
	if slices.Contains(dead, true) {
		l = append(l, entry{"dead", steps{fill: noData}})
	}
	const width, left = 6.5 * vg.Inch, 40
	above := legendLine*vg.Length(l.rows(width-left-14)) + 8
	height := vg.Length(min(max(channels, 72), 180))*2.4 + 70
	return &Figure{width: width, height: height + above, draw: func(c draw.Canvas) {
		blank(c)
		l.draw(c, vg.Point{X: c.Min.X + left, Y: c.Max.Y - 4}, width-left-14)
		p.Draw(draw.Crop(c, 6, -14, 30, -above))
		c.FillText(textStyle(tickSize, draw.XLeft, draw.YBottom), vg.Point{X: c.Min.X + left, Y: c.Min.Y + 4}, "Rows of a feature: orientations in the common frame")
		bar(c, rectangle(c.Max.X-150, c.Min.Y+18, 90, 8), shades, -limit, limit, number(-round(limit)), number(round(limit)), "Weight, neurons of unit length")
	}}, nil
}

// round rounds to two digits.
func round(v float64) float64 {
	if v == 0 {
		return 0
	}
	scale := math.Pow(10, 1-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}

func sign(a, b int) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
