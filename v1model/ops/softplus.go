package ops

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// Softplus is log(1 + exp(x)), written as (x + |x|)/2 + log(1 + e) with e = exp(-|x|): it neither overflows nor loses small values. Its
// gradient is the logistic function everywhere, at 0 too: 1/(1 + e) if x >= 0, else e/(1 + e).
func Softplus(x *graph.Node) *graph.Node {
	var e *graph.Node // kept for the gradient: to read it takes less time than another exponential
	return WithGradientOf(x,
		func(x *graph.Node) *graph.Node {
			size := graph.Abs(x)
			e = graph.Exp(graph.Neg(size))
			return graph.Add(graph.MulScalar(graph.Add(x, size), 0.5), log1p(e))
		},
		func(v *graph.Node) *graph.Node {
			over := graph.Where(graph.GreaterOrEqual(x, graph.ZerosLike(x)), graph.OnesLike(e), e)
			return graph.Mul(v, graph.Div(over, graph.AddScalar(e, 1)))
		})
}

// log1p is log(1 + e) for e from 0 to 1. In float32 it is e times a polynomial, with a relative error below 2e-7, as that of XLA's function for any e > -1, which
// takes four times as many operations.
func log1p(e *graph.Node) *graph.Node {
	if e.DType() != dtypes.Float32 {
		return graph.Log1p(e)
	}
	last := len(log1pOver) - 1
	sum := graph.MulScalar(e, log1pOver[last])
	for i := last - 1; i > 0; i-- {
		sum = graph.Mul(graph.AddScalar(sum, log1pOver[i]), e)
	}
	return graph.Mul(graph.AddScalar(sum, log1pOver[0]), e)
}

// log1pOver holds the coefficients of the polynomial of degree 9 for log(1 + e)/e, that of e^i at i.
var log1pOver = interpolate(9, func(e float64) float64 { return math.Log1p(e) / e })

// interpolate returns the coefficients of the polynomial that equals f at the Chebyshev points of 0 to 1, where its largest error is close to the least possible.
func interpolate(degree int, f func(float64) float64) []float64 {
	n := degree + 1
	points, newton := make([]float64, n), make([]float64, n) // divided differences, Newton's form
	for i := range n {
		points[i] = (1 + math.Cos(math.Pi*(float64(i)+0.5)/float64(n))) / 2
		newton[i] = f(points[i])
	}
	for k := 1; k < n; k++ {
		for i := n - 1; i >= k; i-- {
			newton[i] = (newton[i] - newton[i-1]) / (points[i] - points[i-k])
		}
	}
	c := make([]float64, n)
	for i := n - 1; i >= 0; i-- { // c(e) = newton[i] + (e - points[i]) c(e)
		for j := n - 1; j > 0; j-- {
			c[j] = c[j-1] - points[i]*c[j]
		}
		c[0] = newton[i] - points[i]*c[0]
	}
	return c
}
