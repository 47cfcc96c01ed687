package features

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// Embedding places the population in a plane for a figure: the first two principal components of the aligned neurons.
type Embedding struct {
	At        [][2]float64 // [neurons]; NaN for a neuron without weights
	Explained [2]float64   // shares of the variance
}

// Embed projects the aligned neurons onto their two directions of largest variance. The sign of a direction makes its largest entry positive.
// Types that differ in other directions overlap in the plane: judge clusters by distances and silhouettes, not by the picture.
func (a *Alignment) Embed() Embedding {
	e := Embedding{At: make([][2]float64, len(a.Shifts))}
	for n := range e.At {
		e.At[n] = [2]float64{math.NaN(), math.NaN()}
	}
	scores, explained := principal(a.Points, 2, 2, 1)
	_, columns := scores.Dims()
	for i, n := range a.Neurons {
		e.At[n] = [2]float64{}
		for c := range columns {
			e.At[n][c] = scores.At(i, c)
		}
	}
	copy(e.Explained[:], explained)
	return e
}

// principal returns the centred points in their principal components, and each component's share of the variance. It keeps as many components as explain
// the given share of the variance, but at least least (0: one) and at most most.
func principal(points *mat.Dense, least, most int, share float64) (scores *mat.Dense, explained []float64) {
	n, dimensions := points.Dims()
	var pc stat.PC
	if n < 2 || !pc.PrincipalComponents(points, nil) {
		return mat.NewDense(n, 1, nil), []float64{0}
	}
	variances := pc.VarsTo(nil)
	total := floats.Sum(variances)
	if total*float64(n-1) < 1e-24 { // all points are the same
		return mat.NewDense(n, 1, nil), []float64{0}
	}
	sum := 0.0
	for _, v := range variances {
		if len(explained) >= max(least, 1) && sum >= share-1e-12 || len(explained) >= most {
			break
		}
		explained = append(explained, v/total)
		sum += v / total
	}
	var axes mat.Dense
	pc.VectorsTo(&axes)
	centred := mat.DenseCopyOf(points)
	for c := range dimensions {
		mean := stat.Mean(mat.Col(nil, c, points), nil)
		for i := range n {
			centred.Set(i, c, points.At(i, c)-mean)
		}
	}
	scores = mat.NewDense(n, len(explained), nil)
	scores.Mul(centred, axes.Slice(0, dimensions, 0, len(explained)))
	for c := range explained {
		largest := 0.0
		for d := range dimensions {
			if v := axes.At(d, c); math.Abs(v) > math.Abs(largest)*(1+1e-9) {
				largest = v
			}
		}
		if largest < 0 {
			for i := range n {
				scores.Set(i, c, -scores.At(i, c))
			}
		}
	}
	return scores, explained
}
