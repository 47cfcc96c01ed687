package features_test

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"v1lab/v1model/features"
)

func TestARIByHand(t *testing.T) {
	for _, c := range []struct {
		a, b []int
		want float64
	}{
		{[]int{0, 0, 1, 1}, []int{5, 5, -1, -1}, 1},
		// cells 2,1,0,0 + 0,0,2,1: 2 shared pairs; 6 pairs in a, 2 in b ({2},{1},{2},{1}); of 15: chance 12/15, (2 - .8)/(4 - .8)
		{[]int{0, 0, 0, 1, 1, 1}, []int{0, 0, 1, 2, 2, 3}, 0.375},
		// every cell 1: 0 shared pairs; 2 and 2 of 6: chance 4/6, (0 - 2/3)/(2 - 2/3)
		{[]int{0, 0, 1, 1}, []int{0, 1, 0, 1}, -0.5},
		{[]int{0, 0, 0}, []int{0, 1, 2}, 0},
		{[]int{0, 0, 0}, []int{1, 1, 1}, 1},
	} {
		if got := features.ARI(c.a, c.b); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("ARI(%v, %v) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
	if got := features.ARI([]int{1}, []int{1, 2}); !math.IsNaN(got) {
		t.Errorf("ARI of different lengths: %v, want NaN", got)
	}
}

func TestARIIsSymmetricAndIgnoresNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 40).Draw(t, "n")
		a := rapid.SliceOfN(rapid.IntRange(-1, 4), n, n).Draw(t, "a")
		b := rapid.SliceOfN(rapid.IntRange(0, 6), n, n).Draw(t, "b")
		renamed := make([]int, n)
		for i, v := range b {
			renamed[i] = 100 - 7*v
		}
		if x, y, z := features.ARI(a, b), features.ARI(b, a), features.ARI(a, renamed); x != y || x != z || x > 1 {
			t.Fatal(x, y, z)
		}
		if x := features.ARI(a, a); x != 1 {
			t.Fatal(x)
		}
	})
}

func TestStabilityAndConfusion(t *testing.T) {
	s, err := features.Stable([][]int{{0, 0, 1, 1}, {1, 1, 0, 0}, {0, 1, 0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(s.Mean-0) > 1e-12 || math.Abs(s.SD-math.Sqrt(0.75)) > 1e-12 { // 1, -1/2, -1/2
		t.Errorf("mean %v, sd %v; want 0, %v", s.Mean, s.SD, math.Sqrt(0.75))
	}
	got, err := features.Confusion([]int{0, 0, 1, -1, 2}, []int{1, 1, 0, 0, -1})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([][]int{{0, 2}, {1, 0}, {0, 0}}, got); d != "" {
		t.Error(d)
	}
}

// Neurons without weights are in no cluster: they neither agree nor disagree.
func TestAgreementLeavesDeadNeuronsOut(t *testing.T) {
	types, labels := []int{0, 0, 1, 1, 2, 2, 0, 1}, []int{2, 2, 0, 0, 1, 1, -1, -1}
	if got := features.Agreement(labels, types); got != 1 {
		t.Errorf("%g, want 1: all that have a cluster are in the right one", got)
	}
	if got := features.Agreement([]int{-1, -1, -1}, []int{0, 1, 2}); got == got {
		t.Errorf("%g of no neurons, want NaN", got)
	}
}

// Two fits whose last four neurons are dead agree on nothing: that both have dead neurons is no cluster in common.
func TestStabilityLeavesDeadNeuronsOut(t *testing.T) {
	a, b := []int{0, 0, 1, 1, -1, -1, -1, -1}, []int{0, 1, 0, 1, -1, -1, -1, -1}
	c, err := features.Consistent([][]int{a, b})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(c.Mean+0.5) > 1e-12 || c.ARI[0][1] != c.Mean || c.Counted[0][1] != 4 || c.ARI[1][1] != 1 {
		t.Errorf("mean %v, ARI %v over %v neurons; want -0.5 over 4", c.Mean, c.ARI, c.Counted)
	}
	// A pair without two living neurons in common has no index, and does not count in the mean.
	s, err := features.Stable([][]int{a, b, {-1, -1, -1, 0, 0, 1, 1, 1}})
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(s.Mean+0.5) > 1e-12 || s.ARI[0][2] == s.ARI[0][2] || s.Counted[2][0] != 1 || s.SD == s.SD {
		t.Errorf("mean %v, SD %v, ARI %v over %v neurons", s.Mean, s.SD, s.ARI, s.Counted)
	}
}
