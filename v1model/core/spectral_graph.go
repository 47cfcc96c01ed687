package core

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/ops"
)

// largeFactors is the number of values above which training computes a transform of filters twice instead of keeping it for the gradient. It takes 1 % of the
// arithmetic of the paper's layers, whose transformed filters are 250 MB.
var largeFactors = 1 << 24 // tests change it

// convolve is the cross-correlation of x [height, width, batch, in] with filters [size, size, in, out]: [height', width', batch, out]. With
// batch and channels last every step is a plain matrix product.
func (s *spectrum) convolve(l *layer, x, filters *Node, training bool) *Node {
	height, width, batch, in := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	out, factors := l.channels(), 3*s.rows*s.half
	z := Reshape(s.apply(s.image, Reshape(x, height, width, batch*in)), factors, batch, in)
	ofFilters := func(filters *Node) *Node {
		return Reshape(s.apply(s.filter, Reshape(filters, l.size, l.size, in*out)), factors, in, out)
	}
	var again func(v *Node) *Node
	if training && factors*in*out > largeFactors {
		again = func(v *Node) *Node { return ofFilters(SchedulingBarrier(filters, v)) }
	}
	y := Reshape(ops.MatMulEach(z, ofFilters(filters), again), 3*s.rows, s.half*batch*out)
	y = Reshape(ops.TableMatMul(s.inverseHeight, l.height*2, y), l.height, 2*s.half, batch*out)
	return Reshape(ops.TableMatMulEach(s.inverseWidth, l.width, y), l.height, l.width, batch, out)
}

// apply transforms x [rows of pixels, columns of pixels, n]: factors [3*rows, half*n].
func (s *spectrum) apply(t transform, x *Node) *Node {
	rows, n := x.Shape().Dim(0), x.Shape().Dim(2)
	x = ops.TableMatMulEach(t.width, 2*s.half, x)
	return ops.TableMatMul(t.height, 3*s.rows, Reshape(x, rows*2, s.half*n))
}
