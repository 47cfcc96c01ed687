package search_test

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"v1lab/v1model/experiments/search"
)

func TestRungs(t *testing.T) {
	for _, c := range []struct {
		asha search.ASHA
		want []int
	}{
		{search.ASHA{MinSteps: 50, Reduction: 4, MaxSteps: 2000}, []int{50, 200, 800, 2000}},
		{search.ASHA{MinSteps: 1, Reduction: 3, MaxSteps: 9}, []int{1, 3, 9}},
		{search.ASHA{MinSteps: 7, Reduction: 2, MaxSteps: 7}, []int{7}},
		{search.ASHA{MinSteps: math.MaxInt / 2, Reduction: 4, MaxSteps: math.MaxInt}, []int{math.MaxInt / 2, math.MaxInt}},
	} {
		if got := c.asha.Rungs(); c.asha.Validate() != nil || !slices.Equal(got, c.want) {
			t.Errorf("%+v: rungs %v, want %v", c.asha, got, c.want)
		}
	}
	for _, bad := range []search.ASHA{{0, 2, 9, 0}, {1, 1, 9, 0}, {10, 2, 9, 0}} {
		if bad.Validate() == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}

// losses of draws that do not depend on the rung.
func constant(losses ...float64) func(draw, rung int) (float64, bool) {
	return func(draw, _ int) (float64, bool) { return losses[draw], true }
}

func TestPromotion(t *testing.T) {
	asha := search.ASHA{MinSteps: 1, Reduction: 2, MaxSteps: 4}
	nan := math.NaN()
	for _, c := range []struct {
		losses []float64
		draws  int // of the search
		want   []int
	}{
		// Each draw is better than those before: 1 goes on after 2 draws, 2 after 3, 3 after 4. On the next rung 2 goes on, and then 3.
		{[]float64{4, 3, 2, 1}, 4, []int{0, 1, 2, 2}},
		{[]float64{1, 2, 3, 4}, 4, []int{2, 1, 0, 0}},
		{[]float64{nan, 2, nan, 4}, 4, []int{0, 2, 0, 1}},
		{[]float64{nan, nan, nan, nan}, 4, []int{0, 0, 0, 0}},
		{[]float64{5}, 0, []int{0}}, // more may come
		{[]float64{5}, 1, []int{2}}, // the only one
		{[]float64{5, 4}, 2, []int{0, 2}},
		{[]float64{1, 1, 1, 1}, 4, []int{2, 1, 0, 0}}, // ties: the first
	} {
		asha.Draws = c.draws
		if got := asha.Targets(len(c.losses), constant(c.losses...)); !slices.Equal(got, c.want) {
			t.Errorf("%v of %d draws: %v, want %v", c.losses, c.draws, got, c.want)
		}
	}
}

// Whatever is known first, a search ends with the same draws on the same rungs, targets never shrink, and no rung takes more than its share, up to those
// that were better when they went on.
func TestTargetsDoNotDependOnTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draws := rapid.IntRange(1, 40).Draw(t, "draws")
		asha := search.ASHA{MinSteps: 1, Reduction: rapid.IntRange(2, 4).Draw(t, "reduction"), MaxSteps: 27, Draws: draws}
		rungs := len(asha.Rungs())
		losses := make([][]float64, draws)
		for d := range losses {
			for range rungs {
				l := float64(rapid.IntRange(0, 9).Draw(t, "loss"))
				if l == 9 {
					l = math.NaN()
				}
				losses[d] = append(losses[d], l)
			}
		}
		// Each draw is trained up to its target, one rung at a time and in any order, until nothing is left.
		run := func(label string) []int {
			reached := slices.Repeat([]int{-1}, draws)
			known := func(draw, rung int) (float64, bool) { return losses[draw][rung], reached[draw] >= rung }
			before := make([]int, draws)
			for {
				targets := asha.Targets(draws, known)
				var open []int
				for d := range targets {
					if targets[d] < before[d] || reached[d] > targets[d] {
						t.Fatalf("draw %d: target %d, was %d, reached %d", d, targets[d], before[d], reached[d])
					}
					if reached[d] < targets[d] {
						open = append(open, d)
					}
				}
				if len(open) == 0 {
					return targets
				}
				reached[open[rapid.IntRange(0, len(open)-1).Draw(t, label)]]++
				before = targets
			}
		}
		first := run("first")
		if diff := cmp.Diff(first, run("second")); diff != "" {
			t.Fatal(diff)
		}
		whole := asha
		whole.Draws = 0
		for _, n := range []int{draws / 2, draws} {
			some := whole.Targets(n, func(d, r int) (float64, bool) { return losses[d][r], true })
			for d, target := range some {
				if target > first[d] {
					t.Fatalf("of %d draws, %d goes to %d; of all, to %d", n, d, target, first[d])
				}
			}
		}
		valid := slices.ContainsFunc(losses, func(l []float64) bool { return !math.IsNaN(l[0]) })
		if valid && rungs > 1 && slices.Max(first) == 0 {
			t.Fatalf("no draw went on: %v", first)
		}
	})
}
