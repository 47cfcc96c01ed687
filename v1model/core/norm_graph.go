package core

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/ops"
	"v1lab/v1model/weights"
)

// respond is batch normalisation of x [.., .., .., channels] over all axes but the last (and orientations, if they share parameters), and
// the activation:
//
//	activation((x - mean) / sqrt(variance + epsilon) * gamma + beta)
//
// In training mode mean and variance are the batch's, and the new moving averages go to updates. x is taken as a matrix of long rows, along
// which parameters repeat: that is what XLA makes vector instructions of.
func (l *layer) respond(w weights.Nodes, x *Node, training bool, updates weights.Nodes) *Node {
	name, shape, n := l.name+"/BatchNorm/", x.Shape().Clone(), l.normChannels()
	rows := Reshape(x, shape.Dim(0)*shape.Dim(1), -1)
	beta, mean, variance := w.Get(name+"beta"), w.Get(name+"moving_mean"), w.Get(name+"moving_variance")
	gamma := OnesLike(beta)
	if l.gamma {
		gamma = w.Get(name + "gamma")
	}
	if training {
		b := measure(StopGradient(rows), n)
		update := func(moving, batch *Node) *Node {
			return Add(MulScalar(moving, l.normDecay), MulScalar(batch, 1-l.normDecay))
		}
		updates[name+"moving_mean"] = update(mean, b.mean)
		seen := b.variance
		if !l.unfused && b.count > 1 {
			seen = MulScalar(seen, b.count/(b.count-1)) // fused kernels average the unbiased variance
		}
		updates[name+"moving_variance"] = update(variance, seen)
		rows = b.normalise(rows, gamma, beta)
	} else {
		rows = scaled(rows, mean, inverseSD(variance), gamma, beta)
	}
	return Reshape(ops.Activate(l.activation, rows), shape.Dimensions...)
}

// inverseSD is 1/sqrt(variance + epsilon).
func inverseSD(variance *Node) *Node { return Inverse(Sqrt(AddScalar(variance, normEpsilon))) }

// scaled is (rows - mean) * inverse * gamma + beta, with parameters [n] that repeat along rows [any, repeats*n].
func scaled(rows, mean, inverse, gamma, beta *Node) *Node {
	scale := Mul(inverse, gamma)
	return Add(Mul(rows, along(rows, scale)), along(rows, Sub(beta, Mul(mean, scale))))
}

// along repeats v [n] to the length of rows: [1, repeats*n].
func along(rows, v *Node) *Node {
	return ExpandAxes(ops.Tile(v, rows.Shape().Dim(1)/v.Shape().Size()), 0)
}

// statistics are those of a layer's convolution of one batch, [n] each. No gradient passes through them: normalise accounts for that.
type statistics struct {
	mean, variance *Node
	count          float64 // of elements that a mean is over
}

func measure(rows *Node, n int) statistics {
	s := statistics{count: float64(rows.Shape().Size() / n)}
	s.mean = DivScalar(totals(rows, n), s.count)
	s.variance = DivScalar(totals(Square(Sub(rows, along(rows, s.mean))), n), s.count)
	return s
}

// totals adds up rows [any, repeats*n] over rows and repetitions: [n].
func totals(rows *Node, n int) *Node {
	return ReduceSum(Reshape(ReduceSum(rows, 0), -1, n), 0)
}

// normalise is scaled with the batch's own mean and variance. With d = x - mean, s = 1/sqrt(variance + epsilon) and sums over a batch of m
// elements a channel, its gradient by v is
//
//	beta: sum v    gamma: q = s sum v d    x: gamma s (v - sum v/m - d s q/m)
//
// which takes one pass over the batch for the sums and one for the gradient of x; what follows from the formulas of mean and variance takes
// twice as many.
func (b statistics) normalise(rows, gamma, beta *Node) *Node {
	inverse, n := inverseSD(b.variance), beta.Shape().Size()
	return ops.WithGradient([]*Node{rows, gamma, beta},
		func(in []*Node) *Node { return scaled(in[0], b.mean, inverse, in[1], in[2]) },
		func(v *Node) []*Node {
			centred := Sub(rows, along(rows, b.mean))
			sum, q := totals(v, n), Mul(inverse, totals(Mul(v, centred), n))
			slope := Neg(DivScalar(Mul(inverse, q), b.count))
			direct := scaled(rows, b.mean, slope, OnesLike(beta), Neg(DivScalar(sum, b.count)))
			return []*Node{Mul(Add(v, direct), along(rows, Mul(gamma, inverse))), q, sum}
		})
}
