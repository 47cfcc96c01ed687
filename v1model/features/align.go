package features

import (
	"math"
	"math/cmplx"
	"slices"
)

// A neuron's weights are R samples over orientation of one periodic function per feature. A shift over orientation by an angle a multiplies
// its Fourier coefficients by exp(-i m a). So shifting needs no grid and no interpolation kernel and keeps lengths,
// and shifts by multiples of 2 pi/R are exactly the cyclic shifts of the samples.
//
// The coefficient at m = R/2 (R even) is real on the grid and becomes complex when shifted by a fraction of a step.
// It is kept complex; only its real part matters when a template is sampled again.

// point holds Fourier coefficients [order, feature], order 0..R/2, scaled so that their length is that of the samples.
type point []complex128

// space shifts and compares points of one shape.
type space struct {
	rotations, features, orders int
	grid                        int
	cos, sin                    [][]float64 // [order][angle], of order times angle, for the first half of the grid
}

func newSpace(rotations, features int) *space {
	s := &space{rotations: rotations, features: features, orders: rotations/2 + 1}
	if s.grid = max(4*rotations, 8); rotations == 1 { // 8 points to a period of the highest order
		s.grid = 1
	}
	for m := range s.orders {
		cos, sin := make([]float64, s.grid/2), make([]float64, s.grid/2)
		for j := range cos {
			sin[j], cos[j] = math.Sincos(2 * math.Pi * float64(m*j) / float64(s.grid))
		}
		s.cos, s.sin = append(s.cos, cos), append(s.sin, sin)
	}
	return s
}

// scale is the factor that gives coefficients of order m the length of their samples.
func (s *space) scale(m int) float64 {
	if m == 0 || 2*m == s.rotations {
		return 1 / math.Sqrt(float64(s.rotations))
	}
	return math.Sqrt2 / math.Sqrt(float64(s.rotations)) // stands for order -m too
}

// transform maps samples [rotation, feature] to coefficients.
func (s *space) transform(samples []float64) point {
	x := make(point, s.orders*s.features)
	for m := range s.orders {
		for r := range s.rotations {
			factor := cmplx.Rect(s.scale(m), -2*math.Pi*float64(m*r%s.rotations)/float64(s.rotations))
			for f := range s.features {
				x[m*s.features+f] += factor * complex(samples[r*s.features+f], 0)
			}
		}
	}
	return x
}

// sample evaluates feature f of x at an angle in radians.
func (s *space) sample(x point, f int, angle float64) float64 {
	sum := 0.0
	for m := range s.orders {
		sum += s.scale(m) * real(x[m*s.features+f]*cmplx.Rect(1, float64(m)*angle))
	}
	return sum
}

// addShifted adds x, shifted over orientation by an angle in radians, counter-clockwise, to sum.
func (s *space) addShifted(sum, x point, angle float64) {
	for m := range s.orders {
		factor := cmplx.Rect(1, -float64(m)*angle)
		for f := m * s.features; f < (m+1)*s.features; f++ {
			sum[f] += factor * x[f]
		}
	}
}

// align finds the angle by which t must be shifted to lie closest to x, and the inner product there.
// If no angle can bring the product above floor, ok is false and nothing is searched.
// c is scratch space of length orders.
func (s *space) align(x, t point, floor float64, c []complex128) (angle, product float64, ok bool) {
	bound := 0.0
	for m := range s.orders {
		var re, im float64
		for f := m * s.features; f < (m+1)*s.features; f++ {
			xr, xi, tr, ti := real(x[f]), imag(x[f]), real(t[f]), imag(t[f])
			re += xr*tr + xi*ti
			im += xi*tr - xr*ti
		}
		c[m] = complex(re, im)
		if m == 0 {
			bound += re
		} else {
			bound += math.Sqrt(re*re + im*im)
		}
	}
	if bound <= floor {
		return 0, bound, false
	}
	// The product is a trigonometric polynomial in the angle. Take the best peak on a grid, judged by the parabola
	// through it and its neighbours, then refine it by Newton's method.
	if s.grid == 1 {
		return 0, bound, true
	}
	// 180 degrees further, even orders are the same and odd orders have the opposite sign.
	grid, half := s.grid, s.grid/2
	var buffer [128]float64
	g := buffer[:]
	if grid > len(g) {
		g = make([]float64, grid)
	}
	even, odd := g[:half], g[half:grid]
	for j := range even {
		even[j] = real(c[0])
	}
	for m := 1; m < s.orders; m++ {
		to := odd
		if m%2 == 0 {
			to = even
		}
		re, im := real(c[m]), imag(c[m])
		cos, sin := s.cos[m][:len(to)], s.sin[m][:len(to)]
		for j := range to {
			to[j] += re*cos[j] - im*sin[j]
		}
	}
	for j := range even {
		even[j], odd[j] = even[j]+odd[j], even[j]-odd[j]
	}
	best, bestPeak := 0, math.Inf(-1)
	left := g[grid-1]
	for j, mid := range g[:grid] {
		right := g[0]
		if j+1 < grid {
			right = g[j+1]
		}
		if mid >= left && mid >= right {
			peak := mid
			if curve := 2*mid - left - right; curve > 0 {
				peak += (right - left) * (right - left) / (8 * curve)
			}
			if peak > bestPeak {
				best, bestPeak = j, peak
			}
		}
		left = mid
	}
	step := 2 * math.Pi / float64(grid)
	start := float64(best) * step
	angle = start
	for range 4 {
		_, slope, curve := s.evaluate(c, angle)
		if curve >= 0 {
			break // not a peak
		}
		next := min(max(angle-slope/curve, start-step), start+step)
		if math.Abs(next-angle) < 1e-10 {
			break
		}
		angle = next
	}
	if v, _, _ := s.evaluate(c, angle); v >= g[best] {
		return angle, v, true
	}
	return start, g[best], true
}

// evaluate returns the product at an angle and its first two derivatives.
func (s *space) evaluate(c []complex128, angle float64) (v, slope, curve float64) {
	v = real(c[0])
	step := cmplx.Rect(1, angle)
	phase := step
	for m := 1; m < s.orders; m++ {
		p := c[m] * phase
		phase *= step
		v += real(p)
		slope -= float64(m) * imag(p)
		curve -= float64(m*m) * real(p)
	}
	return v, slope, curve
}

// canonicalShift returns the lexicographically largest of the cyclic shifts of a neuron's samples [rotation, feature], and the number of steps that shift
// it back. All further computation then sees the same numbers whatever the neuron's orientation.
func canonicalShift(weights []float32, rotations, features int) (samples []float64, steps int) {
	doubled := make([]float64, 0, 2*len(weights))
	for range 2 {
		for _, v := range weights {
			doubled = append(doubled, float64(v))
		}
	}
	at := func(j int) []float64 { return doubled[j*features : (j+rotations)*features] }
	for j := 1; j < rotations; j++ {
		if slices.Compare(at(j), at(steps)) > 0 {
			steps = j
		}
	}
	return at(steps), steps
}
