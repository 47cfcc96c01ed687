package stats_test

import (
	"fmt"
	"math"

	"v1lab/datasets/stats"
)

// The third trial is missing.
func Example() {
	trials := []float64{4, 1, math.NaN(), 2, 9}
	fmt.Println(stats.Mean(trials), stats.Median(trials), stats.Quantiles(trials, 0, 0.25, 1))
	fmt.Printf("%.3f\n", stats.SD(trials))
	// Output:
	// 4 3 [1 1.75 9]
	// 3.559
}
