package fit

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"v1lab/kernels/pjrt/pjrttest"
)

// A loss that falls, is lowest at a rate of 0.3, and explodes: the test ends soon after, and suggests a third of that.
func TestRateTestByHand(t *testing.T) {
	var r RateTest
	for i := range 150 {
		rate := 1e-3 * math.Pow(1e4, float64(i)/149)
		r.add(rate, 10+math.Pow(math.Log10(rate/0.15), 2))
		if r.over() {
			break
		}
	}
	if err := r.suggest(); err != nil {
		t.Fatal(err)
	}
	// The smooth loss lags behind by 9 steps, a factor of 1.74.
	if !(r.Lowest > 0.15 && r.Lowest < 0.4) || math.Abs(r.Suggested-r.Lowest/3) > 0.005 || len(r.Rates) == 150 {
		t.Errorf("lowest at %g, suggested %g, %d steps", r.Lowest, r.Suggested, len(r.Rates))
	}
	var bad RateTest
	for _, rate := range []float64{0.1, 0.2, 0.3} {
		bad.add(rate, math.NaN())
	}
	if !bad.over() {
		t.Error("it goes on after losses that are not numbers")
	}
	fails(t, bad.suggest(), "the training loss fell at no learning rate from 0.1 to 0.3")
}

func TestFindRate(t *testing.T) {
	config := cycle()
	r, err := FindRate(t.Context(), pjrttest.Backend(t), small(), config, RateOptions{From: 1e-3, To: 30, Steps: 60})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Rates); n < leastSteps || len(r.Losses) != n || len(r.Smooth) != n || !slices.IsSorted(r.Rates) || r.Rates[0] != 1e-3 {
		t.Errorf("%+v", r)
	}
	if !(r.Lowest > 1e-3 && r.Lowest < 30 && r.Suggested < r.Lowest) {
		t.Errorf("lowest at %g, suggested %g", r.Lowest, r.Suggested)
	}
	again, err := FindRate(t.Context(), pjrttest.Backend(t), small(), config, RateOptions{From: 1e-3, To: 30, Steps: 60})
	if err != nil || !slices.Equal(again.Losses, r.Losses) {
		t.Errorf("other losses the second time (%v)", err)
	}
	_, err = FindRate(t.Context(), pjrttest.Backend(t), small(), config, RateOptions{From: 1, To: 0.1})
	fails(t, err, "range test: rates 1 to 0.1 in 150 steps; accepted: rising rates above 0")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := FindRate(ctx, pjrttest.Backend(t), small(), config, RateOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after the context ended", err)
	}
}
