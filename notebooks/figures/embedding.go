package figures

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// EmbeddingData is the data of Embedding. All slices except Types and Exemplars are [neurons].
type EmbeddingData struct {
	At        [][2]float64 // coordinates in the plane; NaN: the neuron is only counted below the picture
	Explained [2]float64   // share of the variance along each axis; 0: not shown
	Cluster   []int
	Truth     []int    // true type, drawn in a second panel; nil: no panel
	Types     []string // names of the true types
	Exemplars []int    // neurons with a ring around them; may be nil
	Tips      []Tip    // shown by the interactive figure; may be nil
}

// Embedding draws neurons in a plane, coloured by cluster and, beside it, by true type.
// It is an error if the sizes disagree or no neuron has a place.
func Embedding(d EmbeddingData) (*Figure, error) {
	n := len(d.At)
	if len(d.Cluster) != n || d.Truth != nil && len(d.Truth) != n {
		return nil, fmt.Errorf("figures: embedding: found %d places, %d clusters, %d true types; one of each per neuron is needed", n, len(d.Cluster), len(d.Truth))
	}
	for i, e := range d.Exemplars {
		if e < 0 || e >= n {
			return nil, fmt.Errorf("figures: embedding: found neuron %d as exemplar %d; accepted are 0 to %d", e, i, n-1)
		}
	}
	if err := checkTips("embedding", d.Tips, n); err != nil {
		return nil, err
	}
	missing, low, high := 0, math.Inf(1), math.Inf(-1)
	placed := func(i int) bool {
		return !math.IsNaN(d.At[i][0]) && !math.IsNaN(d.At[i][1]) && !math.IsInf(d.At[i][0], 0) && !math.IsInf(d.At[i][1], 0)
	}
	for i, at := range d.At {
		if !placed(i) {
			missing++
			continue
		}
		low, high = min(low, at[0], at[1]), max(high, at[0], at[1])
	}
	if missing == n {
		return nil, fmt.Errorf("figures: embedding: found %d neurons without a place; at least one is needed", n)
	}
	margin := 0.06 * (high - low)
	if !(margin > 1e-12*max(math.Abs(low), math.Abs(high))) || math.IsInf(margin, 0) { // all in one place, or too far apart to draw to scale
		margin = 1
	}
	if math.IsInf((high+margin)-(low-margin), 0) || high+margin == high {
		return nil, fmt.Errorf("figures: embedding: found places from %g to %g; they must be distinguishable from each other", low, high)
	}
	panel := func(groups []int, name func(g int) string) (*plot.Plot, legend) {
		p := newPlot(component(1, d.Explained[0]), component(2, d.Explained[1]))
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = low-margin, high+margin, low-margin, high+margin // one scale for both
		byGroup, largest := map[int]plotter.XYs{}, -1
		for i, at := range d.At {
			if placed(i) {
				g := max(groups[i], -1)
				byGroup[g] = append(byGroup[g], plotter.XY{X: at[0], Y: at[1]})
				largest = max(largest, g)
			}
		}
		var l legend
		for g := -1; g <= largest; g++ {
			if len(byGroup[g]) > 0 {
				group := dots{byGroup[g], category(g)}
				p.Add(group)
				l = append(l, entry{name(g), group})
			}
		}
		return p, l
	}
	left, leftLegend := panel(d.Cluster, clusterName)
	for _, e := range d.Exemplars {
		if placed(e) {
			left.Add(ring{d.At[e][0], d.At[e][1]})
		}
	}
	if len(d.Exemplars) > 0 {
		leftLegend = append(leftLegend, entry{"exemplar", ring{}})
	}
	plots, legends := []*plot.Plot{left}, []legend{leftLegend}
	if d.Truth != nil {
		right, rightLegend := panel(d.Truth, func(g int) string { return typeName(g, d.Types) })
		plots, legends = append(plots, right), append(legends, rightLegend)
	}
	foot := ""
	if missing > 0 {
		foot = fmt.Sprintf("Not shown, dead: %d of %d neurons", missing, n)
	}
	f := panels(plots, legends, 3.3*vg.Inch, 3.1*vg.Inch, foot)
	f.interactive = d.vegaLite([2]float64{low - margin, high + margin}, foot)
	return f, nil
}

// vegaLite returns the interactive figure. ends are those of both axes.
func (d EmbeddingData) vegaLite(ends [2]float64, foot string) map[string]any {
	c := cloud{xLabel: component(1, d.Explained[0]), yLabel: component(2, d.Explained[1]), xEnds: ends, yEnds: ends, tips: d.Tips}
	for _, at := range d.At {
		c.x, c.y = append(c.x, at[0]), append(c.y, at[1])
	}
	groupings := []grouping{{"cluster", d.Cluster, clusterName}}
	if d.Truth != nil {
		groupings = append(groupings, grouping{"true type", d.Truth, func(g int) string { return typeName(g, d.Types) }})
	}
	var rings [][2]float64
	for _, e := range d.Exemplars {
		if at := d.At[e]; !math.IsNaN(at[0]) && !math.IsNaN(at[1]) {
			rings = append(rings, at)
		}
	}
	if len(rings) == 0 {
		return c.vegaLite(groupings, nil, foot)
	}
	return c.vegaLite(groupings, list{ringsAt(c.xLabel, c.yLabel, rings...)}, foot)
}

// clusterName is the name of a cluster in a legend.
func clusterName(g int) string {
	if g < 0 {
		return "no cluster"
	}
	return fmt.Sprint("cluster ", g)
}

func component(i int, explained float64) string {
	if !(explained > 0) {
		return fmt.Sprint("Principal component ", i)
	}
	return fmt.Sprintf("Principal component %d (%.0f %% of variance)", i, 100*explained)
}

// typeName is the name of a true type in a legend.
func typeName(g int, names []string) string {
	switch {
	case g < 0:
		return "unknown"
	case g < len(names):
		return names[g]
	}
	return fmt.Sprint("type ", g)
}

// panels are plots side by side, each under its own legend, with a line of text below.
func panels(plots []*plot.Plot, legends []legend, width, height vg.Length, foot string) *Figure {
	const margin, indent = 8, 40
	above, below := vg.Length(10), vg.Length(6)
	for _, l := range legends {
		above = max(above, 10+legendLine*vg.Length(l.rows(width-indent-margin)))
	}
	if foot != "" {
		below += legendLine
	}
	return &Figure{width: width*vg.Length(len(plots)) + margin, height: height + above + below, draw: func(c draw.Canvas) {
		blank(c)
		for i, p := range plots {
			box := c
			box.Rectangle = rectangle(c.Min.X+width*vg.Length(i), c.Min.Y, width, c.Max.Y-c.Min.Y)
			legends[i].draw(box, vg.Point{X: box.Min.X + indent, Y: box.Max.Y - 4}, width-indent-margin)
			p.Draw(draw.Crop(box, margin, -margin, below, -above))
		}
		if foot != "" {
			c.FillText(textStyle(tickSize, draw.XLeft, draw.YBottom), vg.Point{X: c.Min.X + indent, Y: c.Min.Y + 4}, foot)
		}
	}}
}
