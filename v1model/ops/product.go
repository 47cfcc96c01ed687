package ops

import "github.com/gomlx/gomlx/core/graph"

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
		many := graph.BroadcastToDims(graph.ExpandAxes(constant(x, table, rows, inner), 0), x.Shape().Dim(0), rows, inner)
		return graph.DotGeneral(many, []int{2}, []int{0}, x, []int{1}, []int{0})
	}
	return WithGradientOf(x,
		func(x *graph.Node) *graph.Node { return each(table, rows, inner, x) },
		func(v *graph.Node) *graph.Node { return each(transpose(table, rows), inner, rows, v) })
}

// MatMulEach is the product of a [many, rows, inner] and b [many, inner, columns] pair by pair: [many, rows, columns].
func MatMulEach(a, b *graph.Node) *graph.Node {
	return WithGradient([]*graph.Node{a, b},
		func(in []*graph.Node) *graph.Node {
			return graph.DotGeneral(in[0], []int{2}, []int{0}, in[1], []int{1}, []int{0})
		},
		func(v *graph.Node) []*graph.Node {
			return []*graph.Node{graph.DotGeneral(v, []int{2}, []int{0}, b, []int{2}, []int{0}), graph.DotGeneral(a, []int{1}, []int{0}, v, []int{1}, []int{0})}
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

// Tile repeats v [n]: [times*n]. It is a matrix product, which XLA computes before the operations that use it. XLA would fuse a plain repetition into
// elementwise loops, which then compute an index for every element and lose their vector instructions.
func Tile(v *graph.Node, times int) *graph.Node {
	n := v.Shape().Size()
	first := make([]float64, 2*times) // [times, 2]: a product over one element would be made a multiplication again
	for i := range times {
		first[2*i] = 1
	}
	both := graph.Concatenate([]*graph.Node{graph.Reshape(v, 1, n), graph.ZerosLike(graph.Reshape(v, 1, n))}, 0)
	return graph.Reshape(TableMatMul(first, times, both), times*n)
}
