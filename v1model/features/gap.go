package features

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// gapReferences is the number of populations without clusters, gapDimensions and gapShare limit the principal components.
const (
	gapReferences = 10
	gapDimensions = 20
	gapShare      = 0.95
)

// chooseByGap fills in the gap statistic of each number of clusters and returns the smallest k with gap(k) >= gap(k+1) - SE(k+1).
//
// The gap is the mean log scatter of populations without clusters minus that of the neurons, all grouped by k-means (Tibshirani, Walther and Hastie 2001).
// Neurons are aligned first and described by their leading principal components. The reference populations are uniform over the range of each component.
func (d *Divisions) chooseByGap() int {
	a := d.alignment
	if a == nil {
		own := *d.population // whose neurons are put into an order of their own
		a = own.inFrame(d.options)
	}
	points, _ := principal(a.Points, 1, gapDimensions, gapShare)
	last := len(d.Tried)
	logScatter := func(points *mat.Dense) []float64 {
		out := make([]float64, last)
		for i, run := range newSpace(1, points.RawMatrix().Cols).partitionsUpTo(rows(points), last, resampleStarts, d.options.Seed) {
			out[i] = math.Log(max(run.objective, leastVariance))
		}
		return out
	}
	observed := logScatter(points)
	n, dimensions := points.Dims()
	rng := rand.New(rand.NewPCG(d.options.Seed, gapReferences))
	references := make([][]float64, gapReferences)
	for i := range references {
		uniform := mat.NewDense(n, dimensions, nil)
		for c := range dimensions {
			column := mat.Col(nil, c, points)
			low, high := floats.Min(column), floats.Max(column)
			for r := range n {
				uniform.Set(r, c, low+(high-low)*rng.Float64())
			}
		}
		references[i] = logScatter(uniform)
	}
	for k := range last {
		of := make([]float64, gapReferences)
		for i := range of {
			of[i] = references[i][k]
		}
		mean, sd := stat.MeanStdDev(of, nil)
		d.Tried[k].Gap, d.Tried[k].GapSE = mean-observed[k], sd*math.Sqrt(1+1.0/gapReferences)
	}
	for k := range last - 1 {
		if d.Tried[k].Gap >= d.Tried[k+1].Gap-d.Tried[k+1].GapSE {
			return k + 1
		}
	}
	return last
}
