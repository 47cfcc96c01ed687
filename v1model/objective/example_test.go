package objective_test

import (
	"context"
	"fmt"
	"os"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/kernels/pjrt"
	"v1lab/v1model/objective"
)

// A filter of one pixel is rough, an even one smooth but for its edge.
func Example() {
	backend, err := pjrt.Backend(context.Background(), "", os.Stderr)
	if err != nil {
		fmt.Println(err)
		return
	}
	smoothness, err := graph.NewExec(backend, objective.Smoothness)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer smoothness.Finalize()
	for _, filter := range [][]float32{{0, 0, 0, 0, 1, 0, 0, 0, 0}, {1, 1, 1, 1, 1, 1, 1, 1, 1}} {
		result, err := smoothness.Call1(tensors.FromFlatDataAndDimensions(filter, 3, 3, 1, 1))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%.2f\n", tensors.ToScalar[float32](result))
	}
	// Output:
	// 10.25
	// 1.81
}
