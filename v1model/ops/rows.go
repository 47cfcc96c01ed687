package ops

import "github.com/gomlx/gomlx/core/graph"

// PermuteRows puts rows of x [rows, n] in another order: row i of the result is row order[i] of x. order must have each row once. The gradient puts them back,
// in one pass; the gradient that GoMLX derives adds them one by one.
func PermuteRows(x *graph.Node, order []int32) *graph.Node {
	back := make([]int32, len(order))
	for i, from := range order {
		back[from] = int32(i)
	}
	take := func(x *graph.Node, rows []int32) *graph.Node {
		return graph.Gather(x, graph.Reshape(graph.Const(x.Graph(), rows), len(rows), 1))
	}
	return WithGradientOf(x,
		func(x *graph.Node) *graph.Node { return take(x, order) },
		func(v *graph.Node) *graph.Node { return take(v, back) })
}

// SumRows sums x [rows, n] over rows: [n]. It is a matrix product with ones, for which XLA has code at hand; for a sum it compiles two loops.
func SumRows(x *graph.Node) *graph.Node {
	rows, n := x.Shape().Dim(0), x.Shape().Dim(1)
	ones := make([]float64, 2*rows) // and a row of zeros: a product with one row, or with ones alone, would be made something else again
	for i := range rows {
		ones[i] = 1
	}
	return WithGradientOf(x,
		func(x *graph.Node) *graph.Node {
			sums := graph.DotGeneral(constant(x, ones, 2, rows), []int{1}, nil, x, []int{0}, nil)
			return graph.Squeeze(graph.Slice(sums, graph.AxisElem(0)), 0)
		},
		func(v *graph.Node) *graph.Node { return graph.BroadcastToDims(graph.Reshape(v, 1, n), rows, n) })
}

// SumEach sums each row of x [rows, n]: [rows]. It is a matrix product, as SumRows.
func SumEach(x *graph.Node) *graph.Node {
	rows, n := x.Shape().Dim(0), x.Shape().Dim(1)
	ones := make([]float64, 2*n)
	for i := range n {
		ones[2*i] = 1
	}
	return WithGradientOf(x,
		func(x *graph.Node) *graph.Node {
			sums := graph.DotGeneral(x, []int{1}, nil, constant(x, ones, n, 2), []int{0}, nil)
			return graph.Squeeze(graph.Slice(sums, graph.AxisRange(), graph.AxisElem(0)), 1)
		},
		func(v *graph.Node) *graph.Node { return graph.BroadcastToDims(graph.Reshape(v, rows, 1), rows, n) })
}
