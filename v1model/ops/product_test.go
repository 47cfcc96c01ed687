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

// Values and gradients of every product are those of GoMLX's own, for random shapes. The inputs enter twice, so that gradients of several
// uses add up.
func TestProductsEqualEinsum(t *testing.T) {
	backend := pjrttest.Backend(t)
	kinds := map[string]struct {
		ours func(table []float64, a, b *graph.Node) *graph.Node
		want string
	}{
		"Left": {func(table []float64, a, b *graph.Node) *graph.Node {
			return ops.TableMatMul(table, a.Shape().Dim(1), first(b))
		}, "rk,kc->rc"},
		"LeftEach": {func(table []float64, a, b *graph.Node) *graph.Node {
			return ops.TableMatMulEach(table, a.Shape().Dim(1), b)
		}, "rk,mkc->mrc"},
		"Each": {func(_ []float64, a, b *graph.Node) *graph.Node {
			return ops.MatMulEach(a, b, func(*graph.Node) *graph.Node { return graph.TransposeAllAxes(a, 0, 2, 1) })
		}, "mrk,mkc->mrc"},
		"EachTransposed": {func(_ []float64, a, b *graph.Node) *graph.Node {
			return ops.MatMulEach(a, b, func(v *graph.Node) *graph.Node {
				return graph.TransposeAllAxes(graph.SchedulingBarrier(a, v), 0, 2, 1)
			})
		}, "mrk,mkc->mrc"},
		"All":    {func(_ []float64, a, b *graph.Node) *graph.Node { return ops.MatMulAll(first(a), b) }, "rk,mkc->mrc"},
		"MatMul": {func(_ []float64, a, b *graph.Node) *graph.Node { return ops.MatMul(first(a), first(b)) }, "rk,kc->rc"},
	}
	rapid.Check(t, func(r *rapid.T) {
		kind := rapid.SampledFrom([]string{"Left", "LeftEach", "Each", "EachTransposed", "All", "MatMul"}).Draw(r, "kind")
		dim := func(name string) int { return rapid.IntRange(1, 4).Draw(r, name) }
		many, rows, inner, columns := dim("many"), dim("rows"), dim("inner"), dim("columns")
		value := rapid.Float64Range(-2, 2)
		a := rapid.SliceOfN(value, many*rows*inner, many*rows*inner).Draw(r, "a")
		b := rapid.SliceOfN(value, many*inner*columns, many*inner*columns).Draw(r, "b")
		k := kinds[kind]
		table := a[:rows*inner]
		results, err := graph.CallOnceN(backend, func(nodes []*graph.Node) []*graph.Node {
			a, b := nodes[0], nodes[1]
			left, right := a, b
			if kind == "Left" || kind == "LeftEach" || kind == "All" || kind == "MatMul" {
				left = first(a)
			}
			if kind == "Left" || kind == "MatMul" {
				right = first(b)
			}
			var out []*graph.Node
			for _, y := range []*graph.Node{k.ours(table, a, b), graph.Einsum(k.want, left, right)} {
				twice := graph.Add(graph.ReduceAllSum(graph.Square(y)), graph.ReduceAllSum(graph.Sin(graph.MulScalar(b, 3))))
				out = append(out, y, graph.Gradient(twice, b)[0])
				if kind == "Each" || kind == "EachTransposed" || kind == "All" || kind == "MatMul" {
					out = append(out, graph.Gradient(twice, a)[0])
				}
			}
			return out
		}, tensors.FromFlatDataAndDimensions(a, many, rows, inner), tensors.FromFlatDataAndDimensions(b, many, inner, columns))
		if err != nil {
			r.Fatal(err)
		}
		n := len(results) / 2
		for i := range n {
			got, want := tensors.MustCopyFlatData[float64](results[i]), tensors.MustCopyFlatData[float64](results[n+i])
			if len(got) != len(want) {
				r.Fatalf("%s: %d values, want %d", kind, len(got), len(want))
			}
			for j := range want {
				if math.Abs(got[j]-want[j]) > 1e-9*(1+math.Abs(want[j])) {
					r.Errorf("%s, result %d: %g at %d, want %g", kind, i, got[j], j, want[j])
				}
			}
		}
	})
}

// first takes the first of many matrices.
func first(x *graph.Node) *graph.Node {
	return graph.Squeeze(graph.Slice(x, graph.AxisElem(0)), 0)
}
