package ops_test

import (
	"context"
	"fmt"
	"os"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/kernels/pjrt"
	"v1lab/v1model/ops"
)

// The product of two vectors, with a gradient that is ten times too large for the one and zero for the other.
func ExampleWithGradient() {
	backend, err := pjrt.Backend(context.Background(), "", os.Stderr)
	if err != nil {
		fmt.Println(err)
		return
	}
	results, err := graph.CallOnceN(backend, func(a, b *graph.Node) []*graph.Node {
		product := ops.WithGradient([]*graph.Node{a, b},
			func(in []*graph.Node) *graph.Node { return graph.Mul(in[0], in[1]) },
			func(v *graph.Node) []*graph.Node { return []*graph.Node{graph.MulScalar(graph.Mul(v, b), 10), nil} })
		value := graph.ReduceAllSum(product)
		return append([]*graph.Node{value}, graph.Gradient(value, a, b)...)
	}, []float32{1, 2}, []float32{3, 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range results {
		fmt.Println(r.Value())
	}
	// Output:
	// 11
	// [30 40]
	// [0 0]
}
