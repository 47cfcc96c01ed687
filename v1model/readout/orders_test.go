package readout_test

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"v1lab/kernels/pjrt/pjrttest"
)

// BenchmarkOrders measures the three large products of the readout of 6005 neurons on 36x64 places, 128 images and 128 channels, as they are built and with
// the sides exchanged. Each is 453 GFLOP.
func BenchmarkOrders(b *testing.B) {
	const neurons, places, columns = 6005, 36 * 64, 128 * 128
	masks, maps, weighted := []int{neurons, places}, []int{places, columns}, []int{neurons, columns}
	for _, product := range []struct {
		name                string
		left, right         []int
		axisLeft, axisRight int // summed over
	}{
		{"drive, as built", masks, maps, 1, 0},
		{"drive, exchanged", maps, masks, 0, 1},
		{"gradient by masks, as built", weighted, maps, 1, 1},
		{"gradient by masks, exchanged", maps, weighted, 1, 1},
		{"gradient by maps, as built", masks, weighted, 0, 0},
		{"gradient by maps, exchanged", weighted, masks, 0, 0},
	} {
		b.Run(product.name, func(b *testing.B) {
			exec := MustNewExec(pjrttest.Backend(b), func(left, right *Node) *Node {
				return ReduceAllMax(DotGeneral(left, []int{product.axisLeft}, nil, right, []int{product.axisRight}, nil))
			})
			defer exec.Finalize()
			left, right := digits(product.left), digits(product.right)
			run := func() {
				result, err := exec.Call(left, right)
				if err != nil {
					b.Fatal(err)
				}
				result[0].Value() // waits
			}
			run()
			b.ResetTimer()
			for range b.N {
				run()
			}
			b.ReportMetric(2*neurons*places*columns*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

// digits is an array of numbers from -8 to 8.
func digits(dims []int) *tensors.Tensor {
	values := make([]float32, dims[0]*dims[1])
	for i := range values {
		values[i] = float32(i%17) - 8
	}
	return tensors.FromFlatDataAndDimensions(values, dims...)
}
