package core

import (
	"math"
	"slices"
)

// spectrum holds the matrices by which a layer convolves in the frequency domain, exact but for rounding:
//
//	y = inverse transform of (transform of x * transform of the filters)
//
// Discrete Fourier transforms along both axes are matrix products: frames are small, and products are what a processor does best. Along the
// width, where values are real, half of the frequencies suffice; along the height the transform is complex. A complex product takes three
// real ones (Gauss): with p0 = Re z Re k, p1 = Im z Im k and p2 = (Re z + Im z)(Re k + Im k) it is (p0 - p1) + i (p2 - p0 - p1). The sums are
// part of the matrices before and after, so that there is nothing else to compute.
//
// The transform is as long as the input with the padding of one side: it is cyclic, so both sides share the zeros. Without padding it is as
// long as the input, and only outputs that no wrap reaches are transformed back, those at the stride alone.
//
// Two properties of steerable filters are left unused. Hermite functions have spectra that are real or imaginary: that would save half of the
// filters' transform, which is 3 to 4 % of a layer's operations (of the paper's 5x5 layers and quickstart's, by the counts of Plan). Over
// orientations a layer is nearly block-circulant, so that a Fourier transform over them would make the products at each frequency smaller: they are 35 to 46 %
// of the operations, and the transform would be two more passes over all that lies before and after them.
type spectrum struct {
	rows, columns int // lengths of the transform
	half          int // frequencies along the width that are needed

	image, filter transform
	back          []float64 // [(height of y, 2), (3, rows)], p0, p1, p2 to real and imaginary parts
	across        []float64 // [width of y, (2, half)], real and imaginary parts to pixels
}

// transform takes pixels to the factors of p0, p1 and p2 at every frequency.
type transform struct {
	width  []float64 // [(2, half), columns], pixels to real and imaginary parts
	height []float64 // [(3, rows), (rows of pixels, 2)], real and imaginary parts to factors
}

// sums gives what p0, p1 and p2 contribute to the real and the imaginary part of a product.
var sums = [3][2]float64{{1, -1}, {-1, -1}, {0, 1}}

// lengths gives the size of a layer's transform for an input of height x width pixels, without the matrices.
func lengths(l *layer, height, width int) *spectrum {
	s := &spectrum{rows: even(height + slices.Max(l.padding[0][:])), columns: even(width + slices.Max(l.padding[1][:]))}
	s.half = s.columns/2 + 1
	return s
}

// newSpectrum makes the matrices of a layer whose input is height x width pixels.
func newSpectrum(l *layer, height, width int) *spectrum {
	s, low := lengths(l, height, width), [2]int{l.padding[0][0], l.padding[1][0]}
	s.image = s.forward(places(height, 0, 1), places(width, 0, 1))
	// y[o] = sum over d of filter[d] x[o + d - low]: the filter's pixels act from the places low - d.
	s.filter = s.forward(places(l.size, low[0], -l.dilation), places(l.size, low[1], -l.dilation))
	s.back = make([]float64, 0, l.height*2*3*s.rows)
	for _, y := range places(l.height, 0, l.stride) {
		for part := range 2 {
			for _, p := range sums {
				for g := range s.rows {
					sin, cos := turn(g, y, s.rows)
					product := [2]float64{cos*p[0] - sin*p[1], sin*p[0] + cos*p[1]}
					s.back = append(s.back, product[part]/float64(s.rows))
				}
			}
		}
	}
	s.across = make([]float64, 0, l.width*2*s.half)
	for _, x := range places(l.width, 0, l.stride) {
		for part := range 2 {
			for f := range s.half {
				sin, cos := turn(f, x, s.columns)
				share := 2 / float64(s.columns) // with the frequency's mirror image
				if f == 0 || 2*f == s.columns {
					share /= 2
				}
				s.across = append(s.across, share*[2]float64{cos, -sin}[part])
			}
		}
	}
	return s
}

// forward makes the transform of pixels at the given places, which may lie before 0.
func (s *spectrum) forward(rows, columns []int) transform {
	t := transform{make([]float64, 0, 2*s.half*len(columns)), make([]float64, 0, 3*s.rows*2*len(rows))}
	for part := range 2 {
		for f := range s.half {
			for _, x := range columns {
				sin, cos := turn(f, x, s.columns)
				t.width = append(t.width, [2]float64{cos, -sin}[part])
			}
		}
	}
	for factor := range 3 {
		for g := range s.rows {
			for _, y := range rows {
				sin, cos := turn(g, y, s.rows)
				// exp(-i turn) times 1 is cos - i sin, times i it is sin + i cos; the third factor is the sum of both parts.
				ofRe, ofIm := [3]float64{cos, -sin, cos - sin}, [3]float64{sin, cos, sin + cos}
				t.height = append(t.height, ofRe[factor], ofIm[factor])
			}
		}
	}
	return t
}

// turn is the phase of a frequency at a place; whole turns are taken off first, which keeps it exact.
func turn(frequency, place, length int) (sin, cos float64) {
	return math.Sincos(2 * math.Pi * float64(frequency*place%length) / float64(length))
}

// places lists n places from first on.
func places(n, first, step int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = first + i*step
	}
	return list
}

// even rounds up: the highest frequency of an even length is real.
func even(n int) int { return n + n%2 }
