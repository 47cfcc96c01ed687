package figures

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// ConsistencyData is the data of Consistency.
type ConsistencyData struct {
	Jaccard        [][]float64 // [clusters][other fits], 0 to 1: overlap with the matched cluster
	Believed       []bool      // [clusters]
	Mean, Smallest float64     // thresholds of a believed cluster, on average and in each fit; drawn as lines
	Cluster        []int       // [neurons] in the fit that is reported; negative: none
	Neurons        []float64   // [neurons] share of the other fits that put the neuron into the same cluster; NaN: unknown
}

// Consistency draws how well clusters, and the neurons in them, are found again in other fits. Clusters that are not believed are open rings.
// It is an error if the sizes disagree, there is no cluster or a share lies outside [0, 1].
func Consistency(d ConsistencyData) (*Figure, error) {
	if len(d.Jaccard) == 0 || len(d.Believed) != len(d.Jaccard) || len(d.Cluster) != len(d.Neurons) || len(d.Neurons) == 0 {
		return nil, fmt.Errorf("figures: consistency: found %d clusters, %d of them judged, %d neurons with a share and %d with a cluster; at least one cluster and neuron, and one of each are needed", len(d.Jaccard), len(d.Believed), len(d.Neurons), len(d.Cluster))
	}
	for l, fits := range d.Jaccard {
		for i, v := range fits {
			if v < -1e-9 || v > 1+1e-9 {
				return nil, fmt.Errorf("figures: consistency: found %v for cluster %d in fit %d; accepted are 0 to 1", v, l, i+1)
			}
		}
	}
	for n, v := range d.Neurons {
		if v < -1e-9 || v > 1+1e-9 {
			return nil, fmt.Errorf("figures: consistency: found a share of %v for neuron %d; accepted are 0 to 1", v, n)
		}
	}
	dashed := func(clr vg.Length) draw.LineStyle {
		return draw.LineStyle{Color: grey, Width: vg.Points(0.8), Dashes: []vg.Length{clr, 3}}
	}
	k := len(d.Jaccard)
	left := newPlot("Cluster", "Overlap with other fits (Jaccard)")
	left.X.Min, left.X.Max, left.Y.Min, left.Y.Max = -0.6, float64(k)-0.4, 0, 1.04
	left.X.Tick.Marker = evenTicks{whole: true}
	mean, smallest := segment{-0.6, d.Mean, float64(k) - 0.4, d.Mean, dashed(4)}, segment{-0.6, d.Smallest, float64(k) - 0.4, d.Smallest, dashed(1.5)}
	left.Add(mean, smallest)
	some := [2]bool{}
	for l, fits := range d.Jaccard {
		x, sum := float64(l), 0.0
		for _, v := range fits {
			sum += v
		}
		if m := sum / float64(len(fits)); m == m {
			left.Add(segment{x - 0.3, m, x + 0.3, m, draw.LineStyle{Color: ink, Width: vg.Points(1.4)}})
		}
		m := mark{fill: d.Believed[l], clr: l}
		if d.Believed[l] {
			some[0] = true
		} else {
			some[1] = true
		}
		for i, v := range fits {
			if v == v {
				m.at = append(m.at, plotter.XY{X: x + 0.4*(float64(i)+0.5)/float64(len(fits)) - 0.2, Y: v})
			}
		}
		left.Add(m)
	}
	l := legend{{"mean", segment{style: draw.LineStyle{Color: ink, Width: vg.Points(1.4)}}}, {"least mean", mean}, {"dissolved", smallest}}
	for i, name := range []string{"believed", "not believed"} {
		if some[i] {
			l = append(l, entry{name, mark{fill: i == 0, clr: 7}})
		}
	}
	var order []int
	unknown := 0
	for n, v := range d.Neurons {
		if v != v || d.Cluster[n] < 0 {
			unknown++
			continue
		}
		order = append(order, n)
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if c := sign(d.Cluster[a], d.Cluster[b]); c != 0 {
			return c
		}
		switch {
		case d.Neurons[a] > d.Neurons[b]:
			return -1
		case d.Neurons[a] < d.Neurons[b]:
			return 1
		}
		return 0
	})
	right := newPlot("Neuron, sorted by cluster", "Share of other fits in the same cluster")
	right.X.Min, right.X.Max, right.Y.Min, right.Y.Max = 0, math.Max(float64(len(order)), 1), 0, 1.04
	right.X.Tick.Marker = evenTicks{whole: true}
	byCluster := map[int]plotter.XYs{}
	for i, n := range order {
		byCluster[d.Cluster[n]] = append(byCluster[d.Cluster[n]], plotter.XY{X: float64(i) + 0.5, Y: d.Neurons[n]})
	}
	var clusters legend
	for g := range k {
		if len(byCluster[g]) > 0 {
			right.Add(stems{dots{byCluster[g], category(g)}})
			clusters = append(clusters, entry{fmt.Sprint("cluster ", g), dots{byCluster[g], category(g)}})
		}
	}
	foot := ""
	if unknown > 0 {
		foot = fmt.Sprintf("Not shown, in no cluster: %d of %d neurons", unknown, len(d.Neurons))
	}
	return panels([]*plot.Plot{left, right}, []legend{l, clusters}, 3.3*vg.Inch, 2.6*vg.Inch, foot), nil
}

// mark is a set of dots, filled or open.
type mark struct {
	at   plotter.XYs
	fill bool
	clr  int
}

// Plot implements plot.Plotter.
func (m mark) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, v := range m.at {
		m.draw(c, vg.Point{X: x(v.X), Y: y(v.Y)})
	}
}

// Thumbnail implements plot.Thumbnailer.
func (m mark) Thumbnail(c *draw.Canvas) { m.draw(*c, c.Center()) }

func (m mark) draw(c draw.Canvas, at vg.Point) {
	style := draw.GlyphStyle{Color: category(m.clr), Radius: vg.Points(2.8), Shape: draw.RingGlyph{}}
	if m.fill {
		style.Shape = draw.CircleGlyph{}
	}
	c.DrawGlyphNoClip(style, at)
}

// stems are dots on lines from zero.
type stems struct{ dots }

// Plot implements plot.Plotter.
func (s stems) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	faint := s.fill
	faint.A = 0x50
	width := vg.Length(math.Max(0.4, float64(x(1)-x(0))))
	for _, v := range s.at {
		c.StrokeLine2(draw.LineStyle{Color: faint, Width: width}, x(v.X), y(0), x(v.X), y(v.Y))
	}
	s.dots.Plot(c, p)
}
