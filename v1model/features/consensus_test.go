package features_test

import (
	"fmt"
	"slices"
	"testing"

	"v1lab/v1model/features"
)

// Three groupings vote on a labelling of eight neurons. Two of them put the fourth elsewhere, the seventh is dead in one of them and the last everywhere.
func ExampleVote() {
	c, err := features.Vote([]int{1, 1, 1, 1, 0, 0, 0, -1}, [][]int{{0, 0, 0, 1, 1, 1, -1, -1}, {1, 1, 1, 1, 0, 0, 0, -1}, {0, 0, 0, 1, 1, 1, 1, -1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Labels)
	fmt.Printf("%.2f\n", c.Confidence)
	fmt.Println(c.Votes)
	fmt.Printf("%.2f\n", c.Together)
	// Output:
	// [0 0 0 -1 1 1 1 -1]
	// [1.00 1.00 1.00 0.33 1.00 1.00 1.00 NaN]
	// [3 3 3 3 3 3 2 0]
	// [[1.00 0.00] [0.00 1.00]]
}

// A neuron that all put into a cluster of its own belongs to none.
func TestVoteKnowsNoClusterOfOne(t *testing.T) {
	labels := []int{0, 0, 1, 2, 2}
	c, err := features.Vote(labels, [][]int{labels, {1, 1, 0, 2, 2}})
	if err != nil || c.K != 2 || !slices.Equal(c.Labels, []int{0, 0, -1, 1, 1}) || !slices.Equal(c.Sizes, []int{2, 2}) || c.Confidence[2] != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestVoteRefuses(t *testing.T) {
	for name, groupings := range map[string][][]int{"none": nil, "other neurons": {{0, 1}, {0}}} {
		if _, err := features.Vote([]int{0, 1}, groupings); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// fitsOf are several fits of one population, each with noise of its own.
func fitsOf(seed uint64, fits, neurons, kinds int, noise float64) (all []features.Fit, truth []int) {
	for fit := range fits {
		var w features.Weights
		w, truth = drawn(seed, uint64(fit), neurons, kinds, noise, false)
		all = append(all, features.Fit{Weights: w})
	}
	return all, truth
}

// Fits that each mistake some neurons tell the types together, and how many there are.
func TestJoint(t *testing.T) {
	fits, truth := fitsOf(3, 4, 60, 4, 0.18)
	single := 0.0
	for _, f := range fits {
		c, err := features.Cluster(f.Weights, features.Options{K: 4, Restarts: 5})
		if err != nil {
			t.Fatal(err)
		}
		single = max(single, features.Agreement(c.Labels, truth))
	}
	clear(fits[0].Weights.At(0)) // dead in one fit
	for i := range fits {
		clear(fits[i].Weights.At(59)) // dead in all
	}
	j, err := features.DivideJointly(fits, features.Options{By: features.Recurring, MaxK: 6, Restarts: 5})
	if err != nil {
		t.Fatal(err)
	}
	k, r, err := j.Choose()
	if err != nil {
		t.Fatal(err)
	}
	c, err := j.Consensus(k)
	if err != nil {
		t.Fatal(err)
	}
	if ari := features.Agreement(c.Labels, truth); k != 4 || r.Low > 4 || r.High < 4 || r.Compared != 3 || ari < single || ari < 0.9 || single > 0.97 {
		t.Errorf("%d groups in %d to %d of %d comparisons, agreement %.3f; the best fit's is %.3f with their number known", k, r.Low, r.High, r.Compared, ari, single)
	}
	if c.Labels[59] != -1 || c.Votes[59] != 0 || c.Votes[0] != 6 || c.Labels[0] < 0 || len(c.Matched) != 6 {
		t.Errorf("neuron that is dead everywhere: %d, %d votes; in one fit: %d, %d votes of %d", c.Labels[59], c.Votes[59], c.Labels[0], c.Votes[0], len(c.Matched))
	}
	if _, err := j.Consensus(7); err == nil {
		t.Error("more clusters than were tried: no error")
	}
	bySilhouette, err := features.DivideJointly(fits[:2], features.Options{By: features.Silhouette, MaxK: 6, Restarts: 2})
	if err != nil {
		t.Fatal(err)
	}
	if k, r, err := bySilhouette.Choose(); err != nil || r != nil || k < 2 {
		t.Errorf("by silhouette: %d, %v, %v", k, r, err)
	}
}

// Features of other scales, also turned ones, change nothing: a fit's covariance says what its features have in common.
func TestJointComparesInOwnMetric(t *testing.T) {
	fits, truth := fitsOf(3, 2, 30, 3, 0.1)
	channels := fits[0].Weights.Rotations * fits[0].Weights.Features
	for i, scale := range []float64{1, 900} {
		fits[i].Covariance = make([]float64, channels*channels)
		for c := range channels {
			fits[i].Covariance[c*channels+c] = scale
		}
	}
	group := func(o features.Options, fits ...features.Fit) []int {
		j, err := features.DivideJointly(fits, o)
		if err != nil {
			t.Fatal(err)
		}
		return j.Tried[2].Labels
	}
	o := features.Options{K: 3, Restarts: 3}
	with := group(o, fits...)
	without := group(o, features.Fit{Weights: fits[0].Weights}, features.Fit{Weights: fits[1].Weights})
	if features.ARI(with, without) != 1 || features.ARI(with, truth) < 0.9 {
		t.Errorf("groups\n%v\n%v", with, without)
	}
	for name, bad := range map[string][]features.Fit{
		"one fit": fits[:1], "some covariances": {fits[0], {Weights: fits[1].Weights}},
		"short covariance": {{Weights: fits[0].Weights, Covariance: []float64{1}}, fits[1]},
		"other rotations":  {{Weights: fits[0].Weights}, {Weights: features.Weights{Neurons: 30, Rotations: 4, Features: 1, Values: make([]float32, 120)}}},
		"other neurons":    {{Weights: fits[0].Weights}, {Weights: features.Weights{Neurons: 1, Rotations: 8, Features: 1, Values: make([]float32, 8)}}},
	} {
		if _, err := features.DivideJointly(bad, o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
