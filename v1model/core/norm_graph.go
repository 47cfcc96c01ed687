package core

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/ops"
	"v1lab/v1model/weights"
)

// normaliseAndActivate builds batch normalisation of maps over all axes but the channels (and over orientations, if they share parameters), and the
// activation. A layer without normalisation has the activation only:
//
//	activation((x - mean) / sqrt(variance + epsilon) * gamma + beta)
//
// In training mode, mean and variance are those of the batch, and the new moving averages go to updates. Maps are treated as a matrix of long rows along
// which the parameters repeat, because XLA vectorises such loops.
func (l *layer) normaliseAndActivate(w weights.Nodes, x featureMaps, training bool, updates weights.Nodes) featureMaps {
	if !l.normed {
		return x.with(ops.Activate(l.activation, x.node))
	}
	name, shape, p := l.name+"/BatchNorm/", x.node.Shape().Clone(), parameters{l.normChannels(), x.run()}
	rows := Reshape(x.node, shape.Dim(0)*shape.Dim(1), -1)
	mean, variance := w.Get(name+"moving_mean"), w.Get(name+"moving_variance")
	gamma, beta := OnesLike(mean), ZerosLike(mean)
	if l.beta {
		beta = w.Get(name + "beta")
	}
	if l.gamma {
		gamma = w.Get(name + "gamma")
	}
	if training {
		b := p.statistics(StopGradient(rows))
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
		rows = p.scaleAndShift(rows, mean, inverseSD(variance, l.epsilon), gamma, beta)
	}
	return x.with(Reshape(ops.Activate(l.activation, rows), shape.Dimensions...))
}

// inverseSD is 1/sqrt(variance + epsilon).
func inverseSD(variance *Node, epsilon float64) *Node {
	return Inverse(Sqrt(AddScalar(variance, epsilon)))
}

// parameters are n values of batch normalisation, along rows [any, repeats*n*run] each for run neighbours and again in every repeat.
type parameters struct{ n, run int }

// scaleAndShift is (rows - mean) * inverse * gamma + beta, of parameters [n].
func (p parameters) scaleAndShift(rows, mean, inverse, gamma, beta *Node) *Node {
	scale := Mul(inverse, gamma)
	along := p.along(rows, scale, Sub(beta, Mul(mean, scale)))
	return Add(Mul(rows, along[0]), along[1])
}

// along lays each of v [n] along the rows: [1, repeats*n*run].
func (p parameters) along(rows *Node, v ...*Node) []*Node {
	repeated := ops.Tiles(rows.Shape().Dim(1)/(p.n*p.run), p.run, v...)
	for i, r := range repeated {
		repeated[i] = ExpandAxes(r, 0)
	}
	return repeated
}

// sum adds up, for each parameter, what it stands along in rows: [n].
func (p parameters) sum(rows *Node) *Node {
	sums := ops.SumRows(Reshape(ReduceSum(rows, 0), -1, p.n*p.run))
	if p.run == 1 {
		return sums
	}
	return ops.SumEach(Reshape(sums, p.n, p.run))
}

// mostParts bounds the parts of sumOf, all of which a loop reads at once.
const mostParts = 16

// sumOf is sum of f(x), element by element. f is applied to equal parts of x along the first axis, and the results are added: one loop that reads x once. XLA
// would write all of f(x) to memory before it sums it.
func (p parameters) sumOf(f func(part []*Node) *Node, x ...*Node) *Node {
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
	return p.sum(sum)
}

// statistics holds mean and variance of a layer's convolution over one batch, each [n]. No gradient passes through them: normalise accounts for it.
type statistics struct {
	parameters
	mean, variance *Node
	count          float64 // number of elements in each mean
	epsilon        float64 // added to the variance
}

func (p parameters) statistics(rows *Node) statistics {
	s := statistics{parameters: p, count: float64(rows.Shape().Size() / p.n)}
	s.mean = DivScalar(p.sum(rows), s.count)
	mean := p.along(rows, s.mean)[0]
	s.variance = DivScalar(p.sumOf(func(part []*Node) *Node { return Square(Sub(part[0], mean)) }, rows), s.count)
	return s
}

// normalise is scaleAndShift with the batch's own mean and variance. With d = x - mean, s = 1/sqrt(variance + epsilon), v the gradient of the loss by the
// result, and sums over the m elements of a channel, its gradients are
//
//	beta: sum v    gamma: q = s sum v d    x: gamma s (v - sum v/m - d s q/m)
//
// This takes one pass over the batch for the sums and one for the gradient by x. The gradient that GoMLX derives takes twice as many.
func (s statistics) normalise(rows, gamma, beta *Node) *Node {
	inverse := inverseSD(s.variance, s.epsilon)
	return ops.WithGradient([]*Node{rows, gamma, beta},
		func(in []*Node) *Node { return s.scaleAndShift(in[0], s.mean, inverse, in[1], in[2]) },
		func(v *Node) []*Node {
			mean := s.along(rows, s.mean)[0]
			sum := s.sum(v)
			q := Mul(inverse, s.sumOf(func(part []*Node) *Node { return Mul(part[0], Sub(part[1], mean)) }, v, rows))
			slope := Neg(DivScalar(Mul(inverse, q), s.count))
			along := s.along(rows, slope, Neg(Add(DivScalar(sum, s.count), Mul(s.mean, slope))), Mul(gamma, inverse))
			return []*Node{Mul(Add(v, Add(Mul(rows, along[0]), along[1])), along[2]), q, sum}
		})
}
