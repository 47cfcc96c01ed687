package insilico

import "math"

// Matrices of the two linear operations on images that MEIs need, the Laplacian and whitening. Both are separable into rows and columns, so on the device
// they are matrix products.

// laplacianBand is the band matrix B [n, n] with 1 on the diagonal and 1/2 beside it. The Laplacian [[.25, .5, .25], [.5, -3, .5], [.25, .5, .25]] of x, with
// zeros beyond the edge, is
//
//	B x B - 4 x
func laplacianBand(n int) []float64 {
	b := make([]float64, n*n)
	for i := range n {
		b[i*n+i] = 1
		if i > 0 {
			b[i*n+i-1], b[(i-1)*n+i] = 0.5, 0.5
		}
	}
	return b
}

// hartley is the matrix [n, n] of the discrete Hartley transform, cos + sin of 2 pi i j / n, its own inverse up to a factor n. A filter whose gain depends
// only on the magnitudes of the frequencies multiplies the coefficients of this real transform just as those of the Fourier transform.
func hartley(n int) []float64 {
	h := make([]float64, 0, n*n)
	for i := range n {
		for j := range n {
			sin, cos := math.Sincos(2 * math.Pi * float64(i*j%n) / float64(n))
			h = append(h, sin+cos)
		}
	}
	return h
}

// whiteningGains returns the gain of each frequency, [height, width]: one over the square root of the frequency, because amplitudes of natural images fall
// off with 1/f. Their mean is 1.
func whiteningGains(height, width int) []float64 {
	g, sum := make([]float64, 0, height*width), 0.0
	for i := range height {
		for j := range width {
			y, x := float64(min(i, height-i)), float64(min(j, width-j))
			g = append(g, 1/max(1, math.Sqrt(math.Hypot(y, x))))
			sum += g[len(g)-1]
		}
	}
	for i := range g {
		g[i] *= float64(len(g)) / sum
	}
	return g
}
