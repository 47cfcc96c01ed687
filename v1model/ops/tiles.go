package ops

import (
	"slices"

	"github.com/gomlx/gomlx/core/graph"
)

// Tiles repeats each element of every v [n] run times, and all of that as often as times says: [times*n*run]. The repetitions are matrix products, which XLA
// computes before the operations that use them. XLA would fuse a plain repetition into elementwise loops, which then compute an index for every element
// and lose their vector instructions.
func Tiles(times, run int, v ...*graph.Node) []*graph.Node {
	if run > 1 {
		v = repeatElements(run, v)
	}
	if times > 1 {
		v = repeatVectors(times, v)
	}
	return v
}

// narrowest is the least number of terms of a product that XLA does not make a multiplication again.
const narrowest = 2

// repeatVectors repeats every v [n] as a whole: [times*n].
func repeatVectors(times int, v []*graph.Node) []*graph.Node {
	rows := max(len(v), narrowest)
	table := make([]float64, len(v)*times*rows) // [(vectors, times), rows]: 1 where the vector is the row
	for i := range len(v) * times {
		table[i*rows+i/times] = 1
	}
	return unstacked(TableMatMul(table, len(v)*times, stacked(rows, v)), len(v))
}

// repeatElements repeats each element of every v [n]: [n*run].
func repeatElements(run int, v []*graph.Node) []*graph.Node {
	n, rows := v[0].Shape().Size(), max(len(v), narrowest)
	columns := graph.Reshape(stacked(rows, v), rows*n, 1)
	first := constant(columns, []float64{1, 0}, 1, narrowest) // each element, and a zero
	ones := slices.Concat(slices.Repeat([]float64{1}, run), make([]float64, run))
	return unstacked(MatMul(graph.Mul(columns, first), constant(columns, ones, narrowest, run)), rows)[:len(v)]
}

// stacked has every v [n] as a row of [rows, n], and zeros below. It is not a concatenation, whose product XLA takes apart again.
func stacked(rows int, v []*graph.Node) *graph.Node {
	var all *graph.Node
	for i, x := range v {
		at := make([]float64, rows)
		at[i] = 1
		row := graph.Mul(constant(x, at, rows, 1), graph.Reshape(x, 1, -1))
		if all == nil {
			all = row
		} else {
			all = graph.Add(all, row)
		}
	}
	return all
}

// unstacked divides x into count vectors of the same length.
func unstacked(x *graph.Node, count int) []*graph.Node {
	rows, each := graph.Reshape(x, count, -1), make([]*graph.Node, count)
	for i := range each {
		each[i] = graph.Squeeze(graph.Slice(rows, graph.AxisElem(i)), 0)
	}
	return each
}
