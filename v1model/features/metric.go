package features

import (
	"fmt"
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// Covariance returns the covariance [channels, channels] of core outputs given as rows [samples, channels] (any images and positions).
// As Options.Covariance it makes Cluster compare what neurons compute instead of which weights they use.
func Covariance(outputs []float32, channels int) ([]float64, error) {
	if channels < 1 || len(outputs) < 2*channels || len(outputs)%channels != 0 {
		return nil, fmt.Errorf("features: core outputs: found %d values for rows of %d channels; at least 2 whole rows are needed", len(outputs), channels)
	}
	rows := mat.NewDense(len(outputs)/channels, channels, nil)
	for i, v := range outputs {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return nil, fmt.Errorf("features: core outputs: found %v in row %d, channel %d; accepted are finite numbers", v, i/channels, i%channels)
		}
		rows.Set(i/channels, i%channels, float64(v))
	}
	var cov mat.SymDense
	stat.CovarianceMatrix(&cov, rows, nil)
	out := make([]float64, channels*channels)
	for i := range channels {
		for j := range channels {
			out[i*channels+j] = cov.At(i, j)
		}
	}
	return out, nil
}

// metric holds one lower triangle L per order, [feature, feature], with L L* the covariance's Fourier block:
// the length of L* x is the SD of the response that the weights produce.
type metric [][]complex128

// newMetric averages a covariance over common rotations of both channels, which makes it block-circulant: one block per order.
func (s *space) newMetric(covariance []float64) (metric, error) {
	channels := s.rotations * s.features
	if len(covariance) != channels*channels {
		return nil, fmt.Errorf("features: covariance: found %d values; %d rotations of %d features need %d", len(covariance), s.rotations, s.features, channels*channels)
	}
	trace := 0.0
	for i, v := range covariance {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("features: covariance: found %v at row %d, column %d; accepted are finite numbers", v, i/channels, i%channels)
		}
		if i/channels == i%channels {
			trace += v
		}
	}
	if trace <= 0 {
		return nil, fmt.Errorf("features: covariance: found a trace of %v; it must be positive", trace)
	}
	ridge := 1e-6 * trace / float64(channels) // keeps silent features from breaking the factorisation
	blocks := make(metric, s.orders)
	for m := range blocks {
		block := make([]complex128, s.features*s.features)
		for r := range s.rotations {
			for q := range s.rotations {
				phase := cmplx.Rect(1/float64(s.rotations), -2*math.Pi*float64(m*(r-q+s.rotations)%s.rotations)/float64(s.rotations))
				for f := range s.features {
					for g := range s.features {
						i, j := r*s.features+f, q*s.features+g
						block[f*s.features+g] += phase * complex((covariance[i*channels+j]+covariance[j*channels+i])/2, 0)
					}
				}
			}
		}
		for f := range s.features {
			block[f*s.features+f] += complex(ridge, 0)
		}
		if !cholesky(block, s.features) {
			return nil, fmt.Errorf("features: covariance: it is not positive semidefinite at angular frequency %d; accepted are covariances of [rotation, feature] channels", m)
		}
		blocks[m] = block
	}
	return blocks, nil
}

// apply returns L* x.
func (b metric) apply(s *space, x point) point {
	y := make(point, len(x))
	for m, l := range b {
		for f := range s.features {
			for g := f; g < s.features; g++ {
				y[m*s.features+f] += cmplx.Conj(l[g*s.features+f]) * x[m*s.features+g]
			}
		}
	}
	return y
}

// cholesky overwrites a Hermitian matrix with its lower triangle, false if it is not positive definite.
// (gonum factors real matrices only.)
func cholesky(a []complex128, n int) bool {
	for j := range n {
		for i := j; i < n; i++ {
			sum := a[i*n+j]
			for k := range j {
				sum -= a[i*n+k] * cmplx.Conj(a[j*n+k])
			}
			if i > j {
				a[i*n+j] = sum / a[j*n+j]
				continue
			}
			if real(sum) <= 0 {
				return false
			}
			a[j*n+j] = complex(math.Sqrt(real(sum)), 0)
		}
		for i := range j {
			a[i*n+j] = 0
		}
	}
	return true
}
