package features_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"v1lab/v1model/features"
)

// Three groupings agree on six neurons. The seventh has no majority, the eighth is dead in one grouping and the last in all.
func ExampleAgreeOn() {
	c, err := features.AgreeOn([][]int{{0, 0, 0, 1, 1, 1, 0, 1, -1}, {1, 1, 1, 0, 0, 0, 2, -1, -1}, {0, 0, 0, 1, 1, 1, 1, 1, -1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Labels)
	fmt.Printf("%.2f\n", c.Confidence)
	fmt.Printf("%.2f\n", c.Together)
	// Output:
	// [1 1 1 0 0 0 -1 0 -1]
	// [1.00 1.00 1.00 1.00 1.00 1.00 0.33 1.00 NaN]
	// [[1.00 0.00] [0.00 1.00]]
}

// Groupings that are each wrong about a neuron in five agree on the truth, whatever the order of groupings and neurons, and whoever is dead.
func TestConsensus(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		const neurons, kinds = 80, 4
		truth := make([]int, neurons)
		for n := range truth {
			truth[n] = n % kinds
		}
		groupings := make([][]int, 7)
		single := 0.0
		for i := range groupings {
			names := rng.Perm(kinds)
			for _, kind := range truth {
				if rng.Float64() < 0.2 {
					kind = rng.IntN(kinds)
				}
				groupings[i] = append(groupings[i], names[kind])
			}
			groupings[i][rng.IntN(neurons)] = -1
			groupings[i][0] = -1 // dead everywhere
			single = max(single, features.Agreement(groupings[i], truth))
		}
		c, err := features.AgreeOn(groupings)
		if err != nil {
			t.Fatal(err)
		}
		if ari := features.Agreement(c.Labels, truth); ari <= single || c.K != kinds {
			t.Fatalf("%d clusters, agreement %.3f, of the best grouping %.3f", c.K, ari, single)
		}
		if c.Labels[0] != -1 || c.Votes[0] != 0 || !math.IsNaN(c.Confidence[0]) {
			t.Fatalf("neuron that is dead everywhere: %d, %d, %g", c.Labels[0], c.Votes[0], c.Confidence[0])
		}
		order := rng.Perm(neurons)
		var other [][]int
		for _, i := range rng.Perm(len(groupings)) {
			var labels []int
			for _, n := range order {
				labels = append(labels, groupings[i][n])
			}
			other = append(other, labels)
		}
		again, err := features.AgreeOn(other)
		if err != nil {
			t.Fatal(err)
		}
		for i, n := range order {
			for j, m := range order {
				if (again.Labels[i] == again.Labels[j]) != (c.Labels[n] == c.Labels[m]) || (again.Labels[i] < 0) != (c.Labels[n] < 0) {
					t.Fatalf("neurons %d and %d are %d and %d, in another order %d and %d", n, m, c.Labels[n], c.Labels[m], again.Labels[i], again.Labels[j])
				}
			}
		}
	})
	for _, bad := range [][][]int{nil, {{0, 1}}, {{0, 1}, {0}}} {
		if _, err := features.AgreeOn(bad); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}
