package figures

import (
	"fmt"
	"image/color"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Clusters draws the number of neurons of each true type in each cluster: counts [clusters][types], coloured by the share of the cluster.
// types are the names of the columns. A short row is filled with 0. It is an error if there is no cluster or no type, or a row is longer than types.
func Clusters(counts [][]int, types []string) (*Figure, error) {
	return countTable(counts, types, "True type")
}

// Preferences draws the number of neurons of each cluster by the image that they prefer, one image for each cluster: counts [clusters][images].
func Preferences(counts [][]int) (*Figure, error) {
	var images []string
	for k := range counts {
		images = append(images, fmt.Sprint(k))
	}
	return countTable(counts, images, "Preferred image, of cluster")
}

// Members draws the number of neurons of each session in each cluster: counts [clusters][sessions], as Clusters does for types.
func Members(counts [][]int, sessions []string) (*Figure, error) {
	return countTable(counts, sessions, "Session")
}

// countTable is Clusters with a name for the columns.
func countTable(counts [][]int, types []string, columns string) (*Figure, error) {
	if len(counts) == 0 || len(types) == 0 {
		return nil, fmt.Errorf("figures: clusters: found %d clusters and %d types; at least one of each is needed", len(counts), len(types))
	}
	totals := make([]int, len(counts))
	cells := make([][]int, len(counts))
	for i, row := range counts {
		if len(row) > len(types) {
			return nil, fmt.Errorf("figures: clusters: found %d counts for cluster %d and %d types; one count per type is accepted", len(row), i, len(types))
		}
		cells[i] = make([]int, len(types))
		copy(cells[i], row)
		for j, n := range row {
			if n < 0 {
				return nil, fmt.Errorf("figures: clusters: found a count of %d for cluster %d, type %d; accepted are counts from 0", n, i, j)
			}
			totals[i] += n
		}
	}
	share := func(row, col int) float64 { return float64(cells[row][col]) / float64(max(totals[row], 1)) }
	shades := sequential(1.15) // the darkest leaves the numbers readable
	k, top := len(cells), float64(len(cells))
	p := newPlot(columns, "Cluster")
	p.X.LineStyle.Width, p.Y.LineStyle.Width, p.X.Tick.Length, p.Y.Tick.Length = 0, 0, 0, 0
	p.Add(heat{k, len(types), top, 1, func(row, col int) color.NRGBA { return shades(share(row, col)) }})
	for i := range cells {
		for j, n := range cells[i] {
			p.Add(cellCount{float64(j) + 0.5, top - float64(i) - 0.5, n, share(i, j) > 0.65})
		}
	}
	p.Add(outline{0, 0, float64(len(types)), top})
	p.Y.Tick.Marker = rowTicks(k, top)
	var ticks plot.ConstantTicks
	longest := vg.Length(0)
	for j, name := range types {
		ticks = append(ticks, plot.Tick{Value: float64(j) + 0.5, Label: name})
		longest = max(longest, textStyle(tickSize, 0, 0).Width(name))
	}
	p.X.Tick.Marker = ticks
	const cellWidth, cellHeight = 46, 24
	below := vg.Length(44)
	left := vg.Length(44)
	if longest > cellWidth-4 {
		p.X.Tick.Label.Rotation = 0.6
		p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XRight, draw.YTop
		below += 0.6 * longest
		left = max(left, 0.8*longest)
	}
	return plotFigure(p, max(left+cellWidth*vg.Length(len(types))+24, 150), max(below+cellHeight*vg.Length(k)+16, 110), nil), nil
}

// cellCount is a count in the middle of a cell, white on dark.
type cellCount struct {
	x, y  float64
	count int
	white bool
}

// Plot implements plot.Plotter.
func (n cellCount) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	style := textStyle(tickSize, draw.XCenter, draw.YCenter)
	switch {
	case n.white:
		style.Color = color.White
	case n.count == 0:
		style.Color = grey
	}
	c.FillText(style, vg.Point{X: x(n.x), Y: y(n.y)}, fmt.Sprint(n.count))
}
