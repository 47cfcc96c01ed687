package features_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"v1lab/v1model/features"
)

// The best renaming is the best of all, tried one by one.
func TestMatchIsOptimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 25).Draw(t, "n")
		a := rapid.SliceOfN(rapid.IntRange(-1, 4), n, n).Draw(t, "a")
		b := rapid.SliceOfN(rapid.IntRange(-1, 4), n, n).Draw(t, "b")
		got, err := features.Match(a, b)
		if err != nil {
			t.Fatal(err)
		}
		agreement := func(name func(int) int) int {
			sum := 0
			for i := range a {
				if a[i] >= 0 && b[i] >= 0 && a[i] == name(b[i]) {
					sum++
				}
			}
			return sum
		}
		names := map[int]int{}
		used := map[int]int{}
		for i, l := range b {
			if (l < 0) != (got[i] < 0) {
				t.Fatalf("neuron %d of cluster %d got %d", i, l, got[i])
			}
			if old, ok := names[l]; ok && old != got[i] {
				t.Fatalf("cluster %d is called %d and %d", l, old, got[i])
			}
			if old, ok := used[got[i]]; ok && old != l {
				t.Fatalf("clusters %d and %d are both called %d", l, old, got[i])
			}
			names[l], used[got[i]] = got[i], l
		}
		best := 0
		permutations(numbers(5), func(p []int) { best = max(best, agreement(func(l int) int { return p[l] })) })
		if found := agreement(func(l int) int { return names[l] }); found != best {
			t.Fatalf("%d neurons keep their cluster, %d could", found, best)
		}
	})
}

func permutations(p []int, do func([]int)) {
	var rest func(i int)
	rest = func(i int) {
		if i == len(p) {
			do(p)
			return
		}
		for j := i; j < len(p); j++ {
			p[i], p[j] = p[j], p[i]
			rest(i + 1)
			p[i], p[j] = p[j], p[i]
		}
	}
	rest(0)
}

func TestConsistentByHand(t *testing.T) {
	c, err := features.Consistent([][]int{
		{0, 0, 0, 0, 1, 1, 1, 2, 2, -1},
		{2, 2, 2, 2, 0, 0, 0, 1, 1, -1}, // the same under other names
		{0, 0, 0, 1, 1, 1, 1, 0, 1, 2},  // cluster 2 dissolved, the dead neuron alone in a cluster
	})
	if err != nil {
		t.Fatal(err)
	}
	want := features.Consistency{
		Stability: c.Stability,
		Matched:   [][]int{{0, 0, 0, 0, 1, 1, 1, 2, 2, -1}, {0, 0, 0, 0, 1, 1, 1, 2, 2, -1}, {0, 0, 0, 1, 1, 1, 1, 0, 1, 3}},
		Neurons:   []float64{1, 1, 1, 0.5, 1, 1, 1, 0.5, 0.5, math.NaN()},
		Clusters: []features.ClusterConsistency{
			{Size: 4, Jaccard: []float64{1, 0.6}, Mean: 0.8, Min: 0.6, Believed: true},
			{Size: 3, Jaccard: []float64{1, 0.6}, Mean: 0.8, Min: 0.6, Believed: true},
			{Size: 2, Jaccard: []float64{1, 0}, Mean: 0.5, Min: 0},
		},
	}
	if d := cmp.Diff(want, c, cmpopts.EquateNaNs(), cmpopts.EquateApprox(0, 1e-12)); d != "" {
		t.Error(d)
	}
	if c.ARI[0][1] != 1 || c.ARI[0][2] != c.ARI[2][0] || c.ARI[0][2] >= 1 || math.Abs(c.Mean-(c.ARI[0][1]+c.ARI[0][2]+c.ARI[1][2])/3) > 1e-12 {
		t.Errorf("ARI %v, mean %v", c.ARI, c.Mean)
	}
}

// Names of clusters in the other fits mean nothing; a fit that is the same says that everything is to be believed.
func TestConsistentIgnoresNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 30).Draw(t, "n")
		a := rapid.SliceOfN(rapid.IntRange(-1, 4), n, n).Draw(t, "a")
		names := rapid.Permutation(numbers(7)).Draw(t, "names")
		b := make([]int, n)
		for i, l := range a {
			b[i] = l
			if l >= 0 {
				b[i] = names[l]
			}
		}
		c, err := features.Consistent([][]int{a, b})
		if err != nil {
			t.Fatal(err)
		}
		if known := c.Counted[0][1] > 1; known && c.Mean != 1 || !known && c.Mean == c.Mean {
			t.Fatalf("ARI %v of %d neurons", c.Mean, c.Counted[0][1])
		}
		for i, l := range a {
			if v := c.Neurons[i]; l >= 0 && v != 1 || l < 0 && !math.IsNaN(v) {
				t.Fatalf("neuron %d of cluster %d: %v", i, l, v)
			}
			if l >= 0 && !c.Clusters[l].Believed {
				t.Fatalf("cluster %d: %+v", l, c.Clusters[l])
			}
		}
	})
}
