package report_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/notebooks/report"
	"v1lab/v1model/features"
	"v1lab/v1model/insilico"
)

// The layout takes the strongest of each group that predict well enough, and no neuron without weights.
func TestStrongest(t *testing.T) {
	power := features.Weights{Neurons: 5, Rotations: 1, Features: 2, Values: []float32{1, 0, 0.9, 0.5, 0, 0, 0.1, 1, 0.8, 0.7}}.Power()
	l := report.Layout{Power: power}
	for _, c := range []struct {
		each  int
		corr  []float64
		least float64
		want  []int
	}{
		{1, nil, 0, []int{0, 3}}, {9, nil, 0, []int{0, 1, 4, 3}},
		{9, []float64{0.1, 0.5, 0.9, math.NaN(), 0.3}, 0.2, []int{1, 4}}, {1, []float64{0, 0, 0, 0, 0}, 0.2, nil},
	} {
		if got := l.Strongest(c.each, c.corr, c.least); !slices.Equal(got, c.want) {
			t.Errorf("%d of each above %g in %v: %v, want %v", c.each, c.least, c.corr, got, c.want)
		}
	}
}

// A Gabor's wave runs along its orientation, so that bars lie across; phases are those of the edge as seen from where the Gabor is.
func TestTunedBesideTheTruth(t *testing.T) {
	rates := func(n, best int) []float32 {
		v := make([]float32, 2*n)
		v[best], v[n+best] = 1, 1
		return v
	}
	gabor := insilico.Gabor{X: 8, Y: 9, Frequency: 0.125, Orientation: math.Pi / 4}
	moved := gabor
	moved.X += 2 * math.Sqrt2 // by a quarter of a period along the wave
	tuning := &insilico.Tuning{
		Optimal:     &insilico.Optimal{Neurons: []int{0, 2}, Gabors: []insilico.Gabor{gabor, moved}, Dead: make([]bool, 2)},
		Axes:        insilico.Axes{Orientations: insilico.Periodic(math.Pi, 4), Frequencies: []float64{0.1, 0.125}, Phases: insilico.Periodic(2*math.Pi, 4), Sizes: []float64{8}, Contrasts: []float64{1}, PlaidContrasts: []float64{0, 1}},
		Grey:        make([]float32, 2),
		Orientation: array.New(rates(4, 1), 2, 4), Frequency: array.New(rates(2, 1), 2, 2), Phase: array.New(rates(4, 3), 2, 4),
		SizeContrast: array.New([]float32{1, 1}, 2, 1, 1), Plaids: array.New([]float32{0, 1, 0, 1, 0, 1, 0, 1}, 2, 2, 2),
	}
	truth := &datasets.Truth{TypeNames: []string{"simple", "complex"}, Type: []int{0, 1, 0}, Orientation: []float64{-math.Pi / 4, 0, 3 * math.Pi / 4}, X: []float64{8, 0, 8}, Y: []float64{9, 0, 9}}
	d := report.TunedOf(tuning, truth)
	near := func(name string, got []float64, want ...float64) {
		for i := range want {
			if math.Abs(got[i]-want[i]) > 1e-9 {
				t.Errorf("%s %v, want %v", name, got, want)
			}
		}
	}
	near("orientation", d.Orientation, 135, 135)
	near("true orientation", d.TrueOrientation, 135, 135)
	near("true phase", d.TruePhase, 270, 90+90) // the second edge is turned by half a circle
	near("phase", d.Phase, 270, 270)
	near("centre", d.Centre, 0, 2*math.Sqrt2)
	near("modulation", d.Modulation, 1, 1)
	header, rows := report.TuningTable(d, 22.5)
	if len(rows) != 1 || len(rows[0]) != len(header) || rows[0][0] != "simple" || rows[0][8] != "2 of 2" {
		t.Errorf("table %v %v", header, rows)
	}
	if off := rows[0][9:]; off[0] != "1.4" || off[1] != "45" {
		t.Errorf("medians of two neurons, 0 and 2.8 px, 0 and 90°: %v; the mean of both is the median", off)
	}
	bare := report.TunedOf(tuning, nil)
	if _, rows := report.TuningTable(bare, 22.5); len(rows) != 1 || rows[0][0] != "all" {
		t.Errorf("table without a truth %v", rows)
	}
	if _, err := report.Orientations(bare, 22.5); err == nil || !strings.Contains(err.Error(), "not known") {
		t.Errorf("orientations without a truth: %v", err)
	}
	if _, err := report.TuningMeasures(bare); err != nil {
		t.Error(err)
	}
}

func TestReadoutsThatCannotBeDrawn(t *testing.T) {
	dead := report.Readout{Name: "dead", Weights: features.Weights{Neurons: 2, Rotations: 1, Features: 2, Values: make([]float32, 4)}}
	if _, err := report.WeightsInUse(dead); err == nil || !strings.Contains(err.Error(), "found no number") {
		t.Errorf("no neuron with weights: %v", err)
	}
	dead.Weights.Values = dead.Weights.Values[:3]
	if _, err := report.ActiveFeatures(dead); err == nil || !strings.Contains(err.Error(), "dead: ") {
		t.Errorf("weights that are missing: %v", err)
	}
	dead.Weights = features.Weights{Rotations: 1, Features: 2}
	if _, rows := report.FeatureTable(dead); slices.ContainsFunc(rows[0], func(s string) bool { return strings.Contains(s, "NaN") }) {
		t.Errorf("table without neurons %v", rows)
	}
}
