package core

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/ops"
	"v1lab/v1model/weights"
)

// normaliseAndActivate builds batch normalisation of x [.., .., .., channels] over all axes but the last (and over orientations, if they share parameters),
// and the activation. A layer without normalisation has the activation only:
//
//	activation((x - mean) / sqrt(variance + epsilon) * gamma + beta)
//
// In training mode, mean and variance are those of the batch, and the new moving averages go to updates. x is treated as a matrix of long rows along
// which the parameters repeat, because XLA vectorises such loops.
func (l *layer) normaliseAndActivate(w weights.Nodes, x *Node, training bool, updates weights.Nodes) *Node {
	if !l.normed {
		return ops.Activate(l.activation, x)
	}
	name, shape, n := l.name+"/BatchNorm/", x.Shape().Clone(), l.normChannels()
	rows := Reshape(x, shape.Dim(0)*shape.Dim(1), -1)
	mean, variance := w.Get(name+"moving_mean"), w.Get(name+"moving_variance")
	gamma, beta := OnesLike(mean), ZerosLike(mean)
	if l.beta {
		beta = w.Get(name + "beta")
	}
	if l.gamma {
		gamma = w.Get(name + "gamma")
	}
	if training {
		b := batchStatistics(StopGradient(rows), n)
		b.epsilon = l.epsilon
		update := func(moving, batch *Node) *Node {
			return Add(MulScalar(moving, l.normDecay), MulScalar(batch, 1-l.normDecay))
		}
		updates[name+"moving_mean"] = update(mean, b.mean)
		averaged := b.variance
		if !l.unfused && b.count > 1 {
			averaged = MulScalar(averaged, b.count/(b.count-1)) // fused kernels average the unbiased variance
		}
		updates[name+"moving_variance"] = update(variance, averaged)
		rows = b.normalise(rows, gamma, beta)
	} else {
		rows = scaleAndShift(rows, mean, inverseSD(variance, l.epsilon), gamma, beta)
	}
	return Reshape(ops.Activate(l.activation, rows), shape.Dimensions...)
}

// inverseSD is 1/sqrt(variance + epsilon).
func inverseSD(variance *Node, epsilon float64) *Node {
	return Inverse(Sqrt(AddScalar(variance, epsilon)))
}

// scaleAndShift is (rows - mean) * inverse * gamma + beta, with parameters [n] that repeat along rows [any, repeats*n].
func scaleAndShift(rows, mean, inverse, gamma, beta *Node) *Node {
	scale := Mul(inverse, gamma)
	along := repeatAlong(rows, scale, Sub(beta, Mul(mean, scale)))
	return Add(Mul(rows, along[0]), along[1])
}

// repeatAlong repeats each of v [n] to the length of rows: [1, repeats*n].
func repeatAlong(rows *Node, v ...*Node) []*Node {
	repeated := ops.Tiles(rows.Shape().Dim(1)/v[0].Shape().Size(), v...)
	for i, r := range repeated {
		repeated[i] = ExpandAxes(r, 0)
	}
	return repeated
}

// statistics holds mean and variance of a layer's convolution over one batch, each [n]. No gradient passes through them: normalise accounts for it.
type statistics struct {
	mean, variance *Node
	count          float64 // number of elements in each mean
	epsilon        float64 // added to the variance
}

func batchStatistics(rows *Node, n int) statistics {
	s := statistics{count: float64(rows.Shape().Size() / n)}
	s.mean = DivScalar(sumPerParameter(rows, n), s.count)
	mean := repeatAlong(rows, s.mean)[0]
	s.variance = DivScalar(sumOfEach(n, func(part []*Node) *Node { return Square(Sub(part[0], mean)) }, rows), s.count)
	return s
}

// sumPerParameter sums rows [any, repeats*n] over rows and repetitions: [n].
func sumPerParameter(rows *Node, n int) *Node {
	return ops.SumRows(Reshape(ReduceSum(rows, 0), -1, n))
}

// mostParts bounds the parts of sumOfEach, all of which a loop reads at once.
const mostParts = 16

// sumOfEach is sumPerParameter of f(x), element by element. f is applied to equal parts of x along the first axis, and the results are added: one loop that reads
// x once. XLA would write all of f(x) to memory before it sums it.
func sumOfEach(n int, f func(part []*Node) *Node, x ...*Node) *Node {
	rows, parts := x[0].Shape().Dim(0), mostParts
	for rows%parts != 0 {
		parts--
	}
	var sum *Node
	for i := range parts {
		of := make([]*Node, len(x))
		for k := range x {
			of[k] = SliceAxis(x[k], 0, AxisRange(i*rows/parts, (i+1)*rows/parts))
		}
		if value := f(of); sum == nil {
			sum = value
		} else {
			sum = Add(sum, value)
		}
	}
	return sumPerParameter(sum, n)
}

// normalise is scaleAndShift with the batch's own mean and variance. With d = x - mean, s = 1/sqrt(variance + epsilon), v the gradient of the loss by the
// result, and sums over the m elements of a channel, its gradients are
//
//	beta: sum v    gamma: q = s sum v d    x: gamma s (v - sum v/m - d s q/m)
//
// This takes one pass over the batch for the sums and one for the gradient by x. The gradient that GoMLX derives takes twice as many.
func (b statistics) normalise(rows, gamma, beta *Node) *Node {
	inverse, n := inverseSD(b.variance, b.epsilon), beta.Shape().Size()
	return ops.WithGradient([]*Node{rows, gamma, beta},
		func(in []*Node) *Node { return scaleAndShift(in[0], b.mean, inverse, in[1], in[2]) },
		func(v *Node) []*Node {
			mean := repeatAlong(rows, b.mean)[0]
			sum := sumPerParameter(v, n)
			q := Mul(inverse, sumOfEach(n, func(part []*Node) *Node { return Mul(part[0], Sub(part[1], mean)) }, v, rows))
			slope := Neg(DivScalar(Mul(inverse, q), b.count))
			along := repeatAlong(rows, slope, Neg(Add(DivScalar(sum, b.count), Mul(b.mean, slope))), Mul(gamma, inverse))
			return []*Node{Mul(Add(v, Add(Mul(rows, along[0]), along[1])), along[2]), q, sum}
		})
}
