package core

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/objective"
	"v1lab/v1model/ops"
	"v1lab/v1model/weights"
)

// separate is a depth-separable convolution of maps: a product over channels, one filter in space for each of the maps, and again a product over channels, with a
// bias after each if the layer has biases.
func (l *layer) separate(w weights.Nodes, x featureMaps) featureMaps {
	bias := func(x featureMaps, part string) featureMaps {
		if !l.convBias {
			return x
		}
		return x.addBias(w.Get(l.name + "/biases" + part))
	}
	order, inSpace := placesFirst, l.eachInSpace
	if l.evaluation == Spectral {
		order = batchLast
		inSpace = func(x, filters *Node) *Node { return l.spectrum.convolveEach(l, x, filters) }
	}
	x = featureMaps{x.as(order), order}
	x = bias(x.overChannels(w.Get(l.name+"/weights_in")), "_in")
	x = bias(x.with(inSpace(x.node, w.Get(l.variable.Name))), "")
	return bias(x.overChannels(w.Get(l.name+"/weights_out")), "_out")
}

// overChannels multiplies the channels of maps, in order placesFirst or batchLast, by a matrix [in, out].
func (m featureMaps) overChannels(by *Node) featureMaps {
	dims := m.node.Shape().Clone().Dimensions
	in, out := by.Shape().Dim(0), by.Shape().Dim(1)
	if m.order == batchLast {
		dims[2] = out
		return m.with(Reshape(ops.MatMulAll(Transpose(by, 0, 1), Reshape(m.node, -1, in, dims[3])), dims...))
	}
	dims[3] = out
	return m.with(Reshape(ops.MatMul(Reshape(m.node, -1, in), by), dims...))
}

// eachInSpace is the cross-correlation of each map of x [height, width, batch, n] with its own filter of filters [size, size, n]:
//
//	y_pbc = sum_t filter_tc x_(p stride + t - padding)bc
//
// as a sum of shifted copies, because XLA's convolution of each map by itself is slow on a CPU.
func (l *layer) eachInSpace(x, filters *Node) *Node {
	height, width, batch, n := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	taps := l.size * l.size
	y := ops.WithGradient([]*Node{Reshape(x, height, width, batch*n), Reshape(filters, taps, n)},
		func(in []*Node) *Node {
			seen := padded(padded(in[0], 0, l.padding[0]), 1, l.padding[1])
			return l.sumOfTaps(seen, in[1], l.height, l.width, l.stride, false)
		},
		func(v *Node) []*Node {
			// By the image: the filters turned by half a turn, over gradients as far apart as the stride puts them.
			apart := v
			for axis, size := range []int{height, width} {
				low := l.reach() - 1 - l.padding[axis][0]
				apart = spread(apart, axis, l.stride)
				apart = padded(apart, axis, [2]int{low, max(size+l.reach()-1-low-apart.Shape().Dim(axis), 0)})
				apart = SliceAxis(apart, axis, AxisRange(0, size+l.reach()-1))
			}
			byImage := l.sumOfTaps(apart, Reshape(filters, taps, n), height, width, 1, true)
			seen := padded(padded(Reshape(x, height, width, batch*n), 0, l.padding[0]), 1, l.padding[1])
			var byTap []*Node
			for t := range taps {
				byTap = append(byTap, ReduceSum(Mul(v, l.tap(seen, t, l.height, l.width, l.stride)), 0, 1))
			}
			byFilter := ReduceSum(Reshape(Stack(byTap, 0), taps, batch, n), 1)
			return []*Node{byImage, byFilter}
		})
	return Reshape(y, l.height, l.width, batch, n)
}

// sumOfTaps sums what the taps of filters [taps, n] see of x [.., .., batch*n], each times its weight: [height, width, batch*n]. turned takes the taps from
// last to first.
func (l *layer) sumOfTaps(x, filters *Node, height, width, stride int, turned bool) *Node {
	taps, n, long := filters.Shape().Dim(0), filters.Shape().Dim(1), x.Shape().Dim(2)
	each := Reshape(BroadcastToDims(ExpandAxes(filters, 1), taps, long/n, n), taps, 1, long)
	var sum *Node
	for t := range taps {
		k := t
		if turned {
			k = taps - 1 - t
		}
		part := Mul(l.tap(x, t, height, width, stride), Slice(each, AxisElem(k)))
		if sum == nil {
			sum = part
			continue
		}
		sum = Add(sum, part)
	}
	return sum
}

// tap is what tap t of the filters sees at each position: [height, width, ..] of x [.., .., ..].
func (l *layer) tap(x *Node, t, height, width, stride int) *Node {
	span := func(at, length int) SliceAxisSpec {
		return AxisRange(at*l.dilation, at*l.dilation+(length-1)*stride+1).Stride(stride)
	}
	return Slice(x, span(t/l.size, height), span(t%l.size, width))
}

// composite is the plain convolution's filters [size, size, in, out] that a separable convolution amounts to, biases left out:
//
//	filter_tio = sum_m in_im filter_tm out_mo
func (l *layer) composite(w weights.Nodes) *Node {
	in, space, out := w.Get(l.name+"/weights_in"), w.Get(l.variable.Name), w.Get(l.name+"/weights_out")
	both := Mul(ExpandAxes(in, 0), ExpandAxes(Reshape(space, l.size*l.size, l.features), 1)) // [taps, in, maps]
	return Reshape(ops.MatMul(Reshape(both, -1, l.features), out), l.size, l.size, l.in, l.features)
}

// generalPenalties are those of neuralpredictors: the energy of the filters' Laplacians as a share of their energy, and the mean norm of filters from map to
// map. Each is a sum over layers, weighted by smoothness and sparsity and each layer's share. A separable layer's filters in space are smoothed.
func (s *stack) generalPenalties(w weights.Nodes) (smoothness, sparsity []*Node) {
	for _, l := range s.layers {
		filters := w.Get(l.variable.Name)
		smoothness = append(smoothness, l.smoothnessTerm(w, objective.LaplaceRatio(filters)))
		sparse := ScalarZero(filters.Graph(), filters.DType())
		if !l.separable {
			sparse = l.sparsityTerm(w, objective.MeanNorm(filters))
		}
		sparsity = append(sparsity, sparse)
	}
	return smoothness, sparsity
}
