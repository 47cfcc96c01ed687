package insilico

import "math"

// Plain matrices of the two operations on images that MEIs need. Both act along rows and columns apart, so on the device they are products.

// blur is the band matrix [n, n] with 1 on the diagonal and 1/2 beside it. With it along both axes, zeros outside, the Laplacian
// [[.25, .5, .25], [.5, -3, .5], [.25, .5, .25]] of x is
//
//	blur x blur - 4 x
func blur(n int) []float64 {
	b := make([]float64, n*n)
	for i := range n {
		b[i*n+i] = 1
		if i > 0 {
			b[i*n+i-1], b[(i-1)*n+i] = 0.5, 0.5
		}
	}
	return b
}

// hartley is the matrix [n, n] of cos + sin of 2 pi i j / n, its own inverse but for a factor n. A filter whose gain depends on the magnitude of
// the frequency along each axis multiplies coefficients of this real transform as it does those of Fourier's.
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

// gains whiten: frequencies of natural images fall off with 1/f, so their gradients are weighted by one over the square root of the
// frequency, [height, width], of mean 1.
func gains(height, width int) []float64 {
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
