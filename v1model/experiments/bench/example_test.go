package bench_test

import (
	"fmt"

	"v1lab/v1model/experiments/bench"
)

// Two systems took turns. The machine was busy in the second round, which spoils the times but not the ratio.
func ExampleRatioOf() {
	ours, theirs := []float64{0.50, 1.50, 0.52}, []float64{1.00, 3.00, 1.04}
	fmt.Printf("%.2f s, ratio %.2f\n", bench.SpreadOf(ours).Median, bench.RatioOf(ours, theirs).Median)
	// Output: 0.52 s, ratio 0.50
}
