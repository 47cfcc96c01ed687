package features_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"v1lab/datasets/stats"
	"v1lab/v1model/features"
)

// TestNumberTable prints how often each criterion finds the number of types, on populations whose number is known. V1LAB_TEST_CLUSTERS is the number of
// populations of each kind; without it the table is not made.
func TestNumberTable(t *testing.T) {
	populations, err := strconv.Atoi(os.Getenv("V1LAB_TEST_CLUSTERS"))
	if err != nil || populations < 1 {
		t.Skip("V1LAB_TEST_CLUSTERS is not a number of populations")
	}
	const fits = 5
	fmt.Println("| neurons | types | noise | silhouette | BIC | gap | halves | 5 fits | interval holds it | interval's width | ARI, number known | silhouette | 5 fits | best of 5 fits | consensus | in none |")
	fmt.Println("|" + strings.Repeat("---|", 16))
	for _, c := range []struct {
		neurons, kinds int
		noise          float64
		mixed          bool
	}{
		{150, 1, .1, false}, {150, 2, .1, true}, {150, 5, .05, true},
		{150, 5, .1, false}, {150, 5, .2, false}, {50, 5, .1, false},
		{150, 8, .1, false}, {150, 8, .15, false}, {150, 10, .1, false}, {150, 10, .15, false},
	} {
		want, name := c.kinds, strconv.Itoa(c.kinds)
		if c.mixed {
			want, name = 1, fmt.Sprintf("none, mixtures of %d", c.kinds)
		}
		right := make([]int, 6) // by silhouette, BIC, gap, halves, fits, interval
		var width, none []float64
		scores := make([][]float64, 5) // with the number known, by silhouette, by fits, best of the fits, consensus
		for seed := range populations {
			var all []*features.Divisions
			var joined []features.Fit
			var truth []int
			for fit := range fits {
				w, kinds := drawn(uint64(seed), uint64(fit), c.neurons, c.kinds, c.noise, c.mixed)
				d, err := features.Divide(w, features.Options{})
				if err != nil {
					t.Fatal(err)
				}
				all, joined, truth = append(all, d), append(joined, features.Fit{Weights: w}), kinds
				if fit > 0 {
					continue
				}
				for i, o := range []features.Options{{By: features.Silhouette}, {By: features.BIC, Method: features.Mixture{}}, {By: features.Gap}} {
					found, err := features.Cluster(w, o)
					if err != nil {
						t.Fatal(err)
					}
					if found.K == want {
						right[i]++
					}
					if i == 0 {
						scores[1] = append(scores[1], features.ARI(found.Labels, truth))
					}
				}
			}
			halves, err := all[0].Resample()
			if err != nil {
				t.Fatal(err)
			}
			joint, err := features.DivideJointly(joined, features.Options{By: features.Recurring})
			if err != nil {
				t.Fatal(err)
			}
			_, r, err := joint.Choose()
			if err != nil {
				t.Fatal(err)
			}
			for i, ok := range []bool{halves.K == want, r.K == want, r.Low <= want && want <= r.High} {
				if ok {
					right[3+i]++
				}
			}
			width = append(width, float64(r.High-r.Low+1))
			var labels [][]int
			best := -1.0
			for _, d := range all {
				labels = append(labels, d.Tried[r.K-1].Labels)
				best = max(best, features.ARI(d.Tried[r.K-1].Labels, truth))
			}
			consensus, err := joint.Consensus(r.K)
			if err != nil {
				t.Fatal(err)
			}
			out := 0.0
			for _, l := range consensus.Labels {
				if l < 0 {
					out++
				}
			}
			none = append(none, out/float64(c.neurons))
			for i, v := range map[int]float64{0: features.ARI(all[0].Tried[c.kinds-1].Labels, truth), 2: features.ARI(labels[0], truth), 3: best, 4: features.Agreement(consensus.Labels, truth)} {
				scores[i] = append(scores[i], v)
			}
		}
		fmt.Printf("| %d | %s | %g |", c.neurons, name, c.noise)
		for _, n := range right {
			fmt.Printf(" %d of %d |", n, populations)
		}
		fmt.Printf(" %.1f |", stats.Mean(width))
		for _, s := range scores {
			if want == 1 {
				fmt.Print(" |")
			} else {
				fmt.Printf(" %.2f |", stats.Mean(s))
			}
		}
		fmt.Printf(" %.1f %% |\n", 100*stats.Mean(none))
	}
}
