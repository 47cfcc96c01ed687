package ops_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"pgregory.net/rapid"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/ops"
)

// Values and gradients of rows in another order, of their sums and of repeated vectors are those of loops in Go, for random shapes.
func TestRows(t *testing.T) {
	backend := pjrttest.Backend(t)
	rapid.Check(t, func(r *rapid.T) {
		rows, n := rapid.IntRange(1, 4).Draw(r, "rows"), rapid.IntRange(1, 4).Draw(r, "n")
		times, run := rapid.IntRange(1, 3).Draw(r, "times"), rapid.IntRange(1, 3).Draw(r, "run")
		x := rapid.SliceOfN(rapid.Float64Range(-2, 2), rows*n, rows*n).Draw(r, "x")
		order := rapid.Permutation(upTo(rows)).Draw(r, "order")
		results, err := graph.CallOnceN(backend, func(x *graph.Node) []*graph.Node {
			permuted, sum, each := ops.PermuteRows(x, order), ops.SumRows(x), ops.SumEach(x)
			vectors := make([]*graph.Node, rows)
			for i := range vectors {
				vectors[i] = graph.Squeeze(graph.Slice(x, graph.AxisElem(i)), 0)
			}
			tiled := graph.Concatenate(ops.Tiles(times, run, vectors...), 0)
			place := func(y *graph.Node) *graph.Node { return graph.Iota(y.Graph(), y.Shape(), 0) }
			out := []*graph.Node{permuted, sum, tiled, each}
			for _, y := range out[:4:4] { // gradients tell where each value went
				out = append(out, graph.Gradient(graph.ReduceAllSum(graph.Mul(y, place(y))), x)[0])
			}
			return out
		}, tensors.FromFlatDataAndDimensions(x, rows, n))
		if err != nil {
			r.Fatal(err)
		}
		want := make([][]float64, 8)
		want[1], want[2], want[3] = make([]float64, n), make([]float64, rows*times*n*run), make([]float64, rows)
		for i := 4; i < 8; i++ {
			want[i] = make([]float64, rows*n)
		}
		for i, from := range order {
			for k := range n {
				want[0] = append(want[0], x[int(from)*n+k])
				want[1][k] += x[i*n+k]
				want[3][i] += x[i*n+k]
				want[4][int(from)*n+k] = float64(i)
				want[5][i*n+k] = float64(k)
				want[7][i*n+k] = float64(i)
				for j := range times {
					for m := range run {
						at := ((i*times+j)*n+k)*run + m
						want[2][at] = x[i*n+k]
						want[6][i*n+k] += float64(at)
					}
				}
			}
		}
		for i, w := range want {
			got := tensors.MustCopyFlatData[float64](results[i])
			if len(got) != len(w) {
				r.Fatalf("result %d: %d values, want %d", i, len(got), len(w))
			}
			for k := range w {
				if math.Abs(got[k]-w[k]) > 1e-12*(1+math.Abs(w[k])) {
					r.Errorf("result %d: %v, want %v", i, got, w)
					break
				}
			}
		}
	})
}

func upTo(n int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = int32(i)
	}
	return list
}
