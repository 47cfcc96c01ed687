package figures

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// ChoiceLine has the criteria of a clustering method for each number of clusters. The slices are as long as K.
type ChoiceLine struct {
	Name         string
	K            []int     // numbers of clusters, increasing
	Silhouette   []float64 // NaN where it does not exist
	BIC          []float64 // likewise
	BySilhouette int       // the number that it chooses; 0: none
	ByBIC        int
}

// Choices draws the silhouette and, for methods that have one, the Bayesian information criterion over the number of clusters, with a ring around
// each chosen number. BICs of methods with different likelihoods cannot be compared, so each is scaled between its own minimum (0) and maximum
// (1). It is an error if there is no line, the sizes disagree, or no value is a number.
func Choices(lines []ChoiceLine) (*Figure, error) {
	left, right := newPlot("Clusters", "Mean silhouette"), newPlot("Clusters", "BIC, of its range")
	left.Y.Min, left.Y.Max, right.Y.Min, right.Y.Max = 0, 1, -0.04, 1.04
	low, high := math.MaxInt, 0
	var legends [2]legend
	for i, line := range lines {
		if len(line.K) == 0 || len(line.Silhouette) != len(line.K) || len(line.BIC) != len(line.K) {
			return nil, fmt.Errorf("figures: choices: %s: found %d numbers of clusters, %d silhouettes, %d criteria; as many of each, at least one, are needed", line.Name, len(line.K), len(line.Silhouette), len(line.BIC))
		}
		for j, k := range line.K {
			if k < 1 || j > 0 && k <= line.K[j-1] {
				return nil, fmt.Errorf("figures: choices: %s: found %d as number %d; accepted are increasing numbers from 1", line.Name, k, j)
			}
			if v := line.Silhouette[j]; v < -1-1e-6 || v > 1+1e-6 {
				return nil, fmt.Errorf("figures: choices: %s: found a silhouette of %v; accepted are -1 to 1", line.Name, v)
			}
			left.Y.Min = min(left.Y.Min, math.Floor(5*finiteOr(line.Silhouette[j], 0))/5)
		}
		low, high = min(low, line.K[0]), max(high, line.K[len(line.K)-1])
		for side, of := range []struct {
			plot   *plot.Plot
			values []float64
			chosen int
		}{{left, line.Silhouette, line.BySilhouette}, {right, relative(line.BIC), line.ByBIC}} {
			var at plotter.XYs
			for j, v := range of.values {
				if drawable(v) {
					at = append(at, plotter.XY{X: float64(line.K[j]), Y: v})
				}
			}
			if len(at) == 0 {
				continue
			}
			c := curve{points: at, style: draw.LineStyle{Color: category(i), Width: vg.Points(1.2)}, dots: true}
			of.plot.Add(c)
			legends[side] = append(legends[side], entry{line.Name, c})
			for _, v := range at {
				if int(v.X) == of.chosen {
					of.plot.Add(ring{v.X, v.Y})
				}
			}
		}
	}
	var plots []*plot.Plot
	var shown []legend
	for side, p := range []*plot.Plot{left, right} {
		p.X.Min, p.X.Max, p.X.Tick.Marker = float64(low)-0.4, float64(high)+0.4, evenTicks{whole: true}
		if len(legends[side]) > 0 {
			plots, shown = append(plots, p), append(shown, append(legends[side], entry{"chosen", ring{}}))
		}
	}
	if len(plots) == 0 {
		return nil, fmt.Errorf("figures: choices: found no silhouette and no criterion of %d methods; at least one is needed", len(lines))
	}
	return panels(plots, shown, 3.3*vg.Inch, 2.4*vg.Inch, ""), nil
}

// relative maps the smallest finite value to 0 and the largest to 1.
func relative(values []float64) []float64 {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if drawable(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	out := make([]float64, len(values))
	for i, v := range values {
		switch {
		case !drawable(v):
			out[i] = math.NaN()
		case high > low:
			out[i] = (v - low) / (high - low)
		}
	}
	return out
}

func finiteOr(v, otherwise float64) float64 {
	if drawable(v) {
		return v
	}
	return otherwise
}
