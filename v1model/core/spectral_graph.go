package core

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/ops"
)

// convolve is the cross-correlation of x [height, width, in, batch] with filters [size, size, in, out]: [height', width', out, batch]. With channels and
// batch last every step is a plain matrix product, and so is every gradient.
func (s *spectrum) convolve(l *layer, x, filters *Node, training bool) *Node {
	height, width, in, batch := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	out, factors := l.channels(), 3*s.rows*s.half
	z := Reshape(s.apply(s.image, Reshape(x, height, width, in*batch)), factors, in, batch)
	transformed := func(filters *Node) *Node { // [factors, rows, columns] of filters [size, size, rows, columns]
		rows, columns := filters.Shape().Dim(2), filters.Shape().Dim(3)
		return Reshape(s.apply(s.filter, Reshape(filters, l.size, l.size, rows*columns)), factors, rows, columns)
	}
	toOut := transformed(TransposeAllAxes(filters, 0, 1, 3, 2))
	toIn := func(v *Node) *Node {
		if training { // only now: kept from the forward pass, it would take as much memory as toOut
			return transformed(SchedulingBarrier(filters, v))
		}
		return transformed(filters)
	}
	return Reshape(s.invert(l, ops.MatMulEach(toOut, z, toIn)), l.height, l.width, out, batch)
}

// convolveEach is the cross-correlation of each map of x [height, width, n, batch] with its own filter of filters [size, size, n]: [height', width', n, batch].
func (s *spectrum) convolveEach(l *layer, x, filters *Node) *Node {
	height, width, n, batch := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	factors := 3 * s.rows * s.half
	z := Reshape(s.apply(s.image, Reshape(x, height, width, n*batch)), factors*n, batch)
	k := Reshape(s.apply(s.filter, filters), factors*n, 1)
	y := ops.WithGradient([]*Node{z, k},
		func(in []*Node) *Node { return Mul(in[0], in[1]) },
		func(v *Node) []*Node {
			return []*Node{Mul(v, k), ExpandAxes(ops.SumEach(Mul(v, z)), -1)}
		})
	return Reshape(s.invert(l, y), l.height, l.width, n, batch)
}

// apply transforms x [rows of pixels, columns of pixels, n]: factors [3*rows, half*n].
func (s *spectrum) apply(t transform, x *Node) *Node {
	rows, n := x.Shape().Dim(0), x.Shape().Dim(2)
	x = ops.TableMatMulEach(t.width, 2*s.half, x)
	return ops.TableMatMul(t.height, 3*s.rows, Reshape(x, rows*2, s.half*n))
}

// invert transforms products of factors, 3*rows*half values of each of n maps, back to pixels: [height', width', n].
func (s *spectrum) invert(l *layer, products *Node) *Node {
	n := products.Shape().Size() / (3 * s.rows * s.half)
	y := ops.TableMatMul(s.inverseHeight, l.height*2, Reshape(products, 3*s.rows, s.half*n))
	return ops.TableMatMulEach(s.inverseWidth, l.width, Reshape(y, l.height, 2*s.half, n))
}
