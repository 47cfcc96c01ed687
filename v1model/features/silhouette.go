package features

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

// distances returns the aligned distance between every two points, [n, n].
func (s *space) distances(points []point) []float32 {
	n := len(points)
	d := make([]float32, n*n)
	parallel(n, func(i int) {
		scratch := make([]complex128, s.orders)
		for j := range i {
			_, g, _ := s.align(points[i], points[j], math.Inf(-1), scratch)
			d[i*n+j] = float32(math.Sqrt(max(2-2*g, 0)))
		}
	})
	for i := range n {
		for j := range i {
			d[j*n+i] = d[i*n+j]
		}
	}
	return d
}

// silhouette is the mean over points of (b-a)/max(a, b), a the mean distance to the point's own cluster and b to the nearest other one
// (Rousseeuw 1987). A point alone in its cluster counts 0. It is NaN where there is only one cluster.
func silhouette(d []float32, labels []int, k int) float64 {
	n := len(labels)
	sizes := make([]float64, k)
	for _, l := range labels {
		sizes[l]++
	}
	total := 0.0
	sums := make([]float64, k)
	for i, own := range labels {
		clear(sums)
		for j, l := range labels {
			sums[l] += float64(d[i*n+j])
		}
		b := math.Inf(1)
		for l, sum := range sums {
			if l != own && sizes[l] > 0 {
				b = min(b, sum/sizes[l])
			}
		}
		if math.IsInf(b, 1) {
			return math.NaN()
		}
		if sizes[own] < 2 {
			continue
		}
		if a := sums[own] / (sizes[own] - 1); a != b {
			total += (b - a) / max(a, b)
		}
	}
	return total / float64(n)
}

// parallel calls do(0) ... do(n-1) on all processors. Calls must not write to the same memory, so that the result does not depend on their order.
func parallel(n int, do func(i int)) {
	var next atomic.Int64
	var wait sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wait.Wait()
}
