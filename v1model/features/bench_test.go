package features_test

import (
	"testing"

	"v1lab/v1model/features"
)

func benchmarkMethod(b *testing.B, m features.Method, neurons int) {
	w, _, _ := population(1, 8, 16, []int{neurons / 5, neurons / 5, neurons / 5, neurons / 5, neurons / 5}, 0.1)
	for b.Loop() {
		if _, err := features.Cluster(w, features.Options{Method: m}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkKMeans1000(b *testing.B)  { benchmarkMethod(b, features.KMeans{}, 1000) }
func BenchmarkMixture1000(b *testing.B) { benchmarkMethod(b, features.Mixture{}, 1000) }
func BenchmarkWard1000(b *testing.B)    { benchmarkMethod(b, features.Ward{}, 1000) }
func BenchmarkWard6000(b *testing.B)    { benchmarkMethod(b, features.Ward{}, 6000) }
