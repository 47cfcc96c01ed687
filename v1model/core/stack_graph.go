package core

import (
	"slices"

	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/objective"
	"v1lab/v1model/ops"
	"v1lab/v1model/weights"
)

// Apply builds the stack on images [batch, height, width, channels]. In training mode, batch normalisation uses the batch's own statistics, and
// Updates holds the new moving averages; otherwise it uses the moving averages.
func (s *stack) Apply(w weights.Nodes, images *Node, training bool) Output {
	out := Output{Filters: s.Filters(w), Updates: weights.Nodes{}}
	x := featureMaps{images, batchFirst}
	for i, l := range s.layers {
		if i == len(s.layers)-1 && s.endsLinear() {
			out.BeforeLinear = images
			if i > 0 {
				out.BeforeLinear = out.Layers[i-1]
			}
		}
		switch {
		case l.separable:
			x = l.separate(w, x)
		case l.evaluation == Spectral:
			x = featureMaps{l.spectrum.convolve(&l, x.as(batchLast), out.Filters[i], training), batchLast}
		case l.evaluation == Unfolded:
			x = featureMaps{l.unfold(x.as(batchLast), out.Filters[i]), batchLast}
		default:
			x = featureMaps{l.convolve(x.as(batchFirst), out.Filters[i]), batchFirst}
		}
		if l.convBias && !l.separable {
			x = x.addBias(w.Get(l.name + "/biases"))
		}
		out.PreNorm = append(out.PreNorm, x.as(batchFirst))
		x = l.normaliseAndActivate(w, x, training, out.Updates)
		out.Layers = append(out.Layers, x.as(batchFirst))
	}
	out.Maps, out.Places = x.as(batchFirst), x.as(placesFirst)
	return out
}

// Filters builds the filters of each layer as they are convolved, [size, size, in, rotations*features].
func (s *stack) Filters(w weights.Nodes) []*Node {
	var filters []*Node
	for _, l := range s.layers {
		filters = append(filters, l.filters(w))
	}
	return filters
}

// convolve is the cross-correlation of x [batch, height, width, in] with filters [size, size, in, out]. Filters that span an even number of pixels
// get a row and a column of zeros and one more pixel of padding, which leaves the result unchanged: in GoMLX v0.28.2 the gradient is right for odd
// sizes only.
func (l *layer) convolve(x, filters *Node) *Node {
	padding := slices.Clone(l.padding)
	for axis := range 2 {
		filters = spread(filters, axis, l.dilation)
		if l.reach()%2 == 0 {
			filters = padded(filters, axis, [2]int{0, 1})
			padding[axis][1]++
		}
	}
	return Convolve(x, filters).StridePerAxis(l.stride, l.stride).PaddingPerDim(padding).Done()
}

// spread puts step-1 zeros between neighbours along one axis.
func spread(x *Node, axis, step int) *Node {
	if step == 1 {
		return x
	}
	dims := x.Shape().Clone().Dimensions
	size := dims[axis]
	x = ExpandAxes(x, axis+1)
	gaps := x.Shape().Clone()
	gaps.Dimensions[axis+1] = step - 1
	x = Concatenate([]*Node{x, Zeros(x.Graph(), gaps)}, axis+1)
	dims[axis] = size * step
	return SliceAxis(Reshape(x, dims...), axis, AxisRange(0, (size-1)*step+1))
}

// filters builds [size, size, in, rotations*features] from what the variable holds, values [functions, in, features]:
//
//	filter_r[y, x, c, f] = sum_k table_r[y, x, k] values[k, (c - r*features_in) mod in, f]
//
// where table is rotationTable. The first layer has no cyclic shift of input channels.
func (l *layer) filters(w weights.Nodes) *Node {
	values := w.Get(l.variable.Name)
	if l.separable {
		return l.composite(w)
	}
	if l.rotationTable == nil {
		return values
	}
	area := l.size * l.size
	all := l.rotateFilters(Reshape(values, l.functions, l.in*l.features))
	if !l.shiftInputs {
		all = TransposeAllAxes(Reshape(all, l.rotations, area*l.in, l.features), 1, 0, 2)
		return Reshape(all, l.size, l.size, l.in, l.channels())
	}
	order := make([]int32, 0, area*l.in*l.rotations)
	for pixel := range area {
		for c := range l.in {
			for r := range l.rotations {
				from := (c + l.in - r*l.in/l.rotations) % l.in
				order = append(order, int32((r*area+pixel)*l.in+from))
			}
		}
	}
	all = ops.PermuteRows(Reshape(all, l.rotations*area*l.in, l.features), order)
	return Reshape(all, l.size, l.size, l.in, l.channels())
}

// rotateFilters maps values [functions, filters] to pixels in every orientation, [rotations*size*size, filters]. If there is a gradientTable, its product
// is added and subtracted again as a constant, so that only its gradient remains.
func (l *layer) rotateFilters(values *Node) *Node {
	product := func(table []float32, v *Node) *Node {
		t := ConvertDType(Const(v.Graph(), table), v.DType())
		return MatMul(Reshape(t, l.rotations*l.size*l.size, l.functions), v)
	}
	if l.gradientTable == nil {
		return product(l.rotationTable, values)
	}
	path := product(l.gradientTable, values)
	return Add(product(l.rotationTable, StopGradient(values)), Sub(path, StopGradient(path)))
}

// Penalties returns the weighted smoothness and group sparsity of each layer's filters, scalars.
func (s *stack) Penalties(w weights.Nodes, out Output) (smoothness, sparsity []*Node) {
	if s.kind.general {
		return s.generalPenalties(w)
	}
	for i, l := range s.layers {
		smoothness = append(smoothness, l.smoothnessTerm(w, objective.Smoothness(out.Filters[i])))
		sparsity = append(sparsity, l.sparsityTerm(w, objective.GroupSparsity(out.Filters[i])))
	}
	return smoothness, sparsity
}
