package report_test

import (
	"slices"
	"strings"
	"testing"

	"v1lab/notebooks/figures/figurestest"
	"v1lab/notebooks/report"
	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/experiments/sweep/sweeptest"
)

// A sweep that stopped draws early, with a draw that failed, has all figures.
func TestSweepFigures(t *testing.T) {
	spec := sweeptest.Spec(27, 2)
	spec.ASHA = true
	f := sweeptest.Make(t, spec)
	s := sweeptest.Pretend(t, f, 1000, 4)
	if s.State != sweep.Finished || s.Count(sweep.Stopped) < 10 || s.Count(sweep.Failed) != 1 {
		t.Fatalf("%s, %d stopped, %d failed", s.State, s.Count(sweep.Stopped), s.Count(sweep.Failed))
	}
	all, err := report.Sweep(f, s)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, n := range all {
		names = append(names, n.Name)
		figurestest.Compare(t, n.Figure, 96, "sweep_"+n.Name)
	}
	if want := []string{"parallel", "slices", "curves", "work"}; !slices.Equal(names, want) {
		t.Errorf("figures %v, want %v", names, want)
	}
}

// Before the first slice there is nothing to draw; afterwards there are curves; figures that need more say so.
func TestSweepFiguresUnderWay(t *testing.T) {
	f := sweeptest.Make(t, sweeptest.Spec(5, 2))
	s := sweeptest.Pretend(t, f, 0)
	if all, err := report.Sweep(f, s); err != nil || len(all) != 0 {
		t.Errorf("an empty sweep has %d figures, %v", len(all), err)
	}
	if _, err := report.SweepSlices(f, s); err == nil || !strings.Contains(err.Error(), "none of them with a loss") {
		t.Errorf("slices of an empty sweep: %v", err)
	}
	s = sweeptest.Pretend(t, f, 1)
	all, err := report.Sweep(f, s)
	if err != nil || len(all) != 2 || all[0].Name != "curves" || all[1].Name != "work" {
		t.Errorf("after one fit there are %d figures, %v", len(all), err)
	}
}
