package ops

import (
	"slices"

	"github.com/gomlx/gomlx/core/graph"
)

// constant is table, of rows x columns, as a node of x's type.
func constant(x *graph.Node, table []float64, rows, columns int) *graph.Node {
	return graph.Reshape(graph.ConstAsDType(x.Graph(), x.DType(), table), rows, columns)
}

// TableMatMul is the constant table [rows, len/rows] times x [len/rows, n]: [rows, n].
func TableMatMul(table []float64, rows int, x *graph.Node) *graph.Node {
	inner := len(table) / rows
	return WithGradientOf(x,
		func(x *graph.Node) *graph.Node {
			return graph.DotGeneral(constant(x, table, rows, inner), []int{1}, nil, x, []int{0}, nil)
		},
		func(v *graph.Node) *graph.Node {
			return graph.DotGeneral(constant(v, transpose(table, rows), inner, rows), []int{1}, nil, v, []int{0}, nil)
		})
}

// TableMatMulEach is the constant table [rows, len/rows] times each of x [many, len/rows, n]: [many, rows, n].
func TableMatMulEach(table []float64, rows int, x *graph.Node) *graph.Node {
	inner := len(table) / rows
	each := func(table []float64, rows, inner int, x *graph.Node) *graph.Node {
		many := manyTimes(x, table, rows, inner)
		return graph.DotGeneral(many, []int{2}, []int{0}, x, []int{1}, []int{0})
	}
	return WithGradientOf(x,
		func(x *graph.Node) *graph.Node { return each(table, rows, inner, x) },
		func(v *graph.Node) *graph.Node { return each(transpose(table, rows), inner, rows, v) })
}

// repeatedConstant is the largest size of a table that is handed to XLA as often as it is used.
const repeatedConstant = 1 << 14

// manyTimes is the constant table [rows, inner] for each of x [many, ..]: [many, rows, inner].
func manyTimes(x *graph.Node, table []float64, rows, inner int) *graph.Node {
	many := x.Shape().Dim(0)
	if many*len(table) <= repeatedConstant { // a constant needs no loop to be compiled, and to be run in every call
		return graph.Reshape(constant(x, slices.Repeat(table, many), many*rows, inner), many, rows, inner)
	}
	return graph.BroadcastToDims(graph.ExpandAxes(constant(x, table, rows, inner), 0), many, rows, inner)
}

// MatMulEach is the product of a [many, rows, inner] and b [many, inner, columns] pair by pair: [many, rows, columns]. The gradient by b needs each a transposed;
// transposed(v) gives it, [many, inner, rows], where v is the gradient by the result: XLA's products transpose their left factor slowly on a CPU.
func MatMulEach(a, b *graph.Node, transposed func(v *graph.Node) *graph.Node) *graph.Node {
	return WithGradient([]*graph.Node{a, b},
		func(in []*graph.Node) *graph.Node {
			return graph.DotGeneral(in[0], []int{2}, []int{0}, in[1], []int{1}, []int{0})
		},
		func(v *graph.Node) []*graph.Node {
			byA := graph.DotGeneral(v, []int{2}, []int{0}, b, []int{2}, []int{0})
			return []*graph.Node{byA, graph.DotGeneral(transposed(v), []int{2}, []int{0}, v, []int{1}, []int{0})}
		})
}

// MatMulAll is the product of a [rows, inner] with every matrix of b [many, inner, columns]: [many, rows, columns]. It is many products with as many copies
// of a, or one product with the matrices of b side by side, whichever has fewer values to copy or to put into another order.
func MatMulAll(a, b *graph.Node) *graph.Node {
	many, rows, inner, columns := b.Shape().Dim(0), a.Shape().Dim(0), a.Shape().Dim(1), b.Shape().Dim(2)
	if columns*(rows+inner) < rows*inner {
		beside := graph.Reshape(graph.TransposeAllAxes(b, 1, 0, 2), inner, many*columns)
		return graph.TransposeAllAxes(graph.Reshape(MatMul(a, beside), rows, many, columns), 1, 0, 2)
	}
	each := func(a, b *graph.Node) *graph.Node {
		all := graph.BroadcastToDims(graph.ExpandAxes(a, 0), many, a.Shape().Dim(0), a.Shape().Dim(1))
		return graph.DotGeneral(all, []int{2}, []int{0}, b, []int{1}, []int{0})
	}
	return WithGradient([]*graph.Node{a, b},
		func(in []*graph.Node) *graph.Node { return each(in[0], in[1]) },
		func(v *graph.Node) []*graph.Node {
			byA := graph.DotGeneral(v, []int{2}, []int{0}, b, []int{2}, []int{0}) // of each product
			return []*graph.Node{graph.Reshape(SumRows(graph.Reshape(byA, many, rows*inner)), rows, inner), each(graph.Transpose(a, 0, 1), v)}
		})
}

// MatMul is a [rows, inner] times b [inner, columns]: [rows, columns].
func MatMul(a, b *graph.Node) *graph.Node {
	return WithGradient([]*graph.Node{a, b},
		func(in []*graph.Node) *graph.Node {
			return graph.DotGeneral(in[0], []int{1}, nil, in[1], []int{0}, nil)
		},
		func(v *graph.Node) []*graph.Node {
			return []*graph.Node{graph.DotGeneral(v, []int{1}, nil, b, []int{1}, nil), graph.DotGeneral(a, []int{0}, nil, v, []int{0}, nil)}
		})
}

func transpose(table []float64, rows int) []float64 {
	inner := len(table) / rows
	t := make([]float64, len(table))
	for i := range rows {
		for j := range inner {
			t[j*rows+i] = table[i*inner+j]
		}
	}
	return t
}
