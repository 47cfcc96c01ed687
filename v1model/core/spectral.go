package core

import (
	"math"
	"slices"
)

// spectrum holds the matrices that compute a layer's convolution in the frequency domain, exact up to rounding:
//
//	y = inverse transform of (transform of x * transform of the filters)
//
// The discrete Fourier transforms along both axes are matrix products, which are fast because images are small. Along the width, where values are real,
// half of the frequencies suffice; along the height the transform is complex. A complex product takes three real ones (Gauss): with p0 = Re z Re k,
// p1 = Im z Im k and p2 = (Re z + Im z)(Re k + Im k) it is (p0 - p1) + i (p2 - p0 - p1). The sums are part of the matrices before and after.
//
// The transform is as long as the input plus the padding of one side: it is cyclic, so both sides share the zeros. Without padding it is as
// long as the input. Only outputs that no wrap-around reaches, at the stride's positions, are transformed back.
//
// docs/explanation/speed.md says which properties of steerable filters are left unused, and why.
type spectrum struct {
	rows, columns int // lengths of the transform
	half          int // number of frequencies along the width

	image, filter transform
	inverseHeight []float64 // [(height of y, 2), (3, rows)], p0, p1, p2 to real and imaginary parts
	inverseWidth  []float64 // [width of y, (2, half)], real and imaginary parts to pixels
}

// transform holds the matrices that map pixels to the factors of p0, p1 and p2 at every frequency.
type transform struct {
	width  []float64 // [(2, half), columns], pixels to real and imaginary parts
	height []float64 // [(3, rows), (rows of pixels, 2)], real and imaginary parts to factors
}

// gaussSums gives what p0, p1 and p2 contribute to the real and the imaginary part of a product.
var gaussSums = [3][2]float64{{1, -1}, {-1, -1}, {0, 1}}

// transformLengths returns the lengths of a layer's transform for an input of height x width pixels, without the matrices.
func transformLengths(l *layer, height, width int) *spectrum {
	s := &spectrum{rows: roundUpToEven(height + slices.Max(l.padding[0][:])), columns: roundUpToEven(width + slices.Max(l.padding[1][:]))}
	s.half = s.columns/2 + 1
	return s
}

// newSpectrum makes the matrices of a layer whose input is height x width pixels.
func newSpectrum(l *layer, height, width int) *spectrum {
	s, low := transformLengths(l, height, width), [2]int{l.padding[0][0], l.padding[1][0]}
	s.image = s.newTransform(positions(height, 0, 1), positions(width, 0, 1))
	// y[o] = sum over d of filter[d] x[o + d - low]: the filter's pixels lie at the positions low - d.
	s.filter = s.newTransform(positions(l.size, low[0], -l.dilation), positions(l.size, low[1], -l.dilation))
	s.inverseHeight = make([]float64, 0, l.height*2*3*s.rows)
	for _, y := range positions(l.height, 0, l.stride) {
		for part := range 2 {
			for _, p := range gaussSums {
				for g := range s.rows {
					sin, cos := phase(g, y, s.rows)
					product := [2]float64{cos*p[0] - sin*p[1], sin*p[0] + cos*p[1]}
					s.inverseHeight = append(s.inverseHeight, product[part]/float64(s.rows))
				}
			}
		}
	}
	s.inverseWidth = make([]float64, 0, l.width*2*s.half)
	for _, x := range positions(l.width, 0, l.stride) {
		for part := range 2 {
			for f := range s.half {
				sin, cos := phase(f, x, s.columns)
				share := 2 / float64(s.columns) // with the frequency's mirror image
				if f == 0 || 2*f == s.columns {
					share /= 2
				}
				s.inverseWidth = append(s.inverseWidth, share*[2]float64{cos, -sin}[part])
			}
		}
	}
	return s
}

// newTransform makes the transform of pixels at the given positions, which may be negative.
func (s *spectrum) newTransform(rows, columns []int) transform {
	t := transform{make([]float64, 0, 2*s.half*len(columns)), make([]float64, 0, 3*s.rows*2*len(rows))}
	for part := range 2 {
		for f := range s.half {
			for _, x := range columns {
				sin, cos := phase(f, x, s.columns)
				t.width = append(t.width, [2]float64{cos, -sin}[part])
			}
		}
	}
	for factor := range 3 {
		for g := range s.rows {
			for _, y := range rows {
				sin, cos := phase(g, y, s.rows)
				// exp(-i phase) times 1 is cos - i sin, times i it is sin + i cos; the third factor is the sum of both parts.
				ofRe, ofIm := [3]float64{cos, -sin, cos - sin}, [3]float64{sin, cos, sin + cos}
				t.height = append(t.height, ofRe[factor], ofIm[factor])
			}
		}
	}
	return t
}

// phase returns sine and cosine of the phase of a frequency at a position. Whole periods are subtracted first, for precision.
func phase(frequency, place, length int) (sin, cos float64) {
	return math.Sincos(2 * math.Pi * float64(frequency*place%length) / float64(length))
}

// positions lists n positions: first, first+step, ...
func positions(n, first, step int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = first + i*step
	}
	return list
}

// roundUpToEven makes lengths even, so that the highest frequency is real.
func roundUpToEven(n int) int { return n + n%2 }
