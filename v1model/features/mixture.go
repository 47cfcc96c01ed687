package features

import (
	"cmp"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// CovarianceShape is the form of the covariances of a Mixture's Gaussians.
type CovarianceShape int

// The forms of covariances.
const (
	Diagonal  CovarianceShape = iota // a diagonal one each
	Spherical                        // round, a variance each
	Shared                           // one diagonal covariance for all
)

// Mixture is a mixture of Gaussians fitted by expectation and maximisation (Dempster, Laird and Rubin 1977), in the leading principal components of the points.
//
// It starts from k-means. The variances of each Gaussian are shrunk towards the shared ones, as by a prior of ten points, and bounded from below,
// so that no Gaussian can collapse onto a point.
type Mixture struct {
	Covariance CovarianceShape
	Dimensions int // principal components; 0: those that explain 95 % of the variance, at most 20 and at most a fifth of the points
	Restarts   int // of the k-means it starts from; 0: 10
}

// String implements Method.
func (Mixture) String() string { return "gmm" }

// mixtureIterations bounds the iterations, mixtureGain is the change of the log likelihood per point that ends them.
const (
	mixtureIterations = 300
	mixtureGain       = 1e-6
	priorPoints       = 10.0 // points that stand for the shared variance in each Gaussian's own
)

// Divide implements Method.
func (m Mixture) Divide(points *mat.Dense, most int, seed uint64) []Division {
	start := KMeans{Restarts: m.Restarts}.Divide(points, most, seed)
	n, _ := points.Dims()
	scores, _ := principal(points, m.Dimensions, cmp.Or(m.Dimensions, max(1, min(20, n/5))), 0.95)
	out := make([]Division, most)
	parallel(most, func(i int) { out[i] = m.fit(scores, start[i].Labels, i+1) })
	return out
}

// gaussians are k Gaussians with their shares of the points.
type gaussians struct {
	means, variances *mat.Dense // [k, dimensions]
	shares           []float64
}

// fit runs the iterations from hard labels.
func (m Mixture) fit(x *mat.Dense, labels []int, k int) Division {
	n, dimensions := x.Dims()
	belongs := mat.NewDense(n, k, nil) // responsibilities
	for i, l := range labels {
		belongs.Set(i, l, 1)
	}
	previous := math.Inf(-1)
	var likelihood float64
	for range mixtureIterations {
		g := m.maximise(x, belongs, k)
		likelihood = g.expect(x, belongs)
		if likelihood-previous < mixtureGain*float64(n) {
			break
		}
		previous = likelihood
	}
	d := Division{Labels: make([]int, n)}
	for i := range n {
		d.Labels[i] = floats.MaxIdx(belongs.RawRowView(i))
	}
	parameters := k*dimensions + k - 1
	switch m.Covariance {
	case Spherical:
		parameters += k
	case Shared:
		parameters += dimensions
	default:
		parameters += k * dimensions
	}
	d.BIC = -2*likelihood + float64(parameters)*math.Log(float64(n))
	return d
}

// maximise returns the Gaussians that explain the points best, each point counted by how much it belongs.
func (m Mixture) maximise(x, belongs *mat.Dense, k int) gaussians {
	n, dimensions := x.Dims()
	g := gaussians{means: mat.NewDense(k, dimensions, nil), variances: mat.NewDense(k, dimensions, nil), shares: make([]float64, k)}
	for i := range n {
		for j, b := range belongs.RawRowView(i) {
			g.shares[j] += b
			floats.AddScaled(g.means.RawRowView(j), b, x.RawRowView(i))
		}
	}
	for j, share := range g.shares {
		if share > 0 {
			floats.Scale(1/share, g.means.RawRowView(j))
		}
	}
	shared := make([]float64, dimensions)
	for i := range n {
		row := x.RawRowView(i)
		for j, b := range belongs.RawRowView(i) {
			if b == 0 {
				continue
			}
			mean, variance := g.means.RawRowView(j), g.variances.RawRowView(j)
			for c, v := range row {
				square := b * (v - mean[c]) * (v - mean[c])
				variance[c] += square
				shared[c] += square / float64(n)
			}
		}
	}
	if m.Covariance == Spherical {
		setToMean(shared)
	}
	for j, share := range g.shares {
		variance := g.variances.RawRowView(j)
		if m.Covariance == Spherical {
			setToMean(variance)
		}
		for c := range variance {
			if m.Covariance == Shared {
				variance[c] = shared[c]
			} else {
				variance[c] = (variance[c] + priorPoints*shared[c]) / (share + priorPoints)
			}
			variance[c] = max(variance[c], leastVariance)
		}
		g.shares[j] = share / float64(n)
	}
	return g
}

// even sets all to their mean.
func setToMean(v []float64) {
	mean := floats.Sum(v) / float64(len(v))
	for i := range v {
		v[i] = mean
	}
}

// expect says how much each point belongs to each Gaussian, and returns the log likelihood of all points.
func (g gaussians) expect(x, belongs *mat.Dense) float64 {
	n, dimensions := x.Dims()
	total := 0.0
	offsets := make([]float64, len(g.shares))
	for j, share := range g.shares {
		offsets[j] = math.Log(share) - float64(dimensions)/2*math.Log(2*math.Pi) // -Inf for one that has lost all points
		for _, v := range g.variances.RawRowView(j) {
			offsets[j] -= math.Log(v) / 2
		}
	}
	for i := range n {
		row, out := x.RawRowView(i), belongs.RawRowView(i)
		for j := range out {
			mean, variance := g.means.RawRowView(j), g.variances.RawRowView(j)
			out[j] = offsets[j]
			for c, v := range row {
				out[j] -= (v - mean[c]) * (v - mean[c]) / (2 * variance[c])
			}
		}
		sum := floats.LogSumExp(out)
		total += sum
		for j := range out {
			out[j] = math.Exp(out[j] - sum)
		}
	}
	return total
}
