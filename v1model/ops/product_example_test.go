package ops_test

import (
	"context"
	"fmt"
	"os"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/kernels/pjrt"
	"v1lab/v1model/ops"
)

func Example_product() {
	backend, err := pjrt.Backend(context.Background(), "", os.Stderr)
	if err != nil {
		fmt.Println(err)
		return
	}
	sums, err := graph.CallOnce(backend, func(x *graph.Node) *graph.Node {
		return ops.TableMatMul([]float64{1, 1, 1}, 1, x) // one row of three
	}, [][]float32{{1, 10}, {2, 20}, {3, 30}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(sums.Value())
	// Output:
	// [[6 60]]
}
