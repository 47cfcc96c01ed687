package fit

import (
	"fmt"
	"math"
	"path/filepath"
	"testing"
	"time"

	"v1lab/kernels/pjrt/execache"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/readout"
)

// Strengths of penalties are arguments of the compiled step: fits that differ in them alone share it, and each has its own penalty.
func TestStrengthsShareTheStep(t *testing.T) {
	backend := pjrttest.Backend(t)
	for _, c := range []struct {
		readout    readout.Config
		accumulate int
	}{
		{readout.Config{Kind: readout.JointL1}, 0},
		{readout.Config{Kind: readout.Factorised}, 7},
	} {
		t.Run(fmt.Sprintf("%s, %d micro-batches", c.readout.Kind, max(1, c.accumulate)), func(t *testing.T) {
			first := func(strength float64) (penalty float64) {
				config := tiny()
				config.Core.PerNeuron, config.Core.Smoothness, config.Core.Sparsity = true, strength, 2*strength
				config.Readout = c.readout
				config.Readout.Sparsity, config.Readout.MaskSparsity, config.Readout.FeatureSparsity, config.Readout.FeatureL2 = 3*strength, 4*strength, 5*strength, 6*strength
				config.Fit.MaxSteps, config.Fit.ValidateEvery, config.Fit.Accumulate = 1, 1, c.accumulate
				_, _, err := Run(t.Context(), backend, small(), config, filepath.Join(t.TempDir(), "run"), Options{Progress: func(p Progress) {
					if p.Metric != nil && p.Steps == 1 {
						penalty = float64(p.Metric.Penalty)
					}
				}})
				if err != nil {
					t.Fatal(err)
				}
				return penalty
			}
			one := first(0.01)
			// A strength that no earlier run of this test has had: as a constant of the program it would not be found among the compiled ones.
			share := 1 + float64(time.Now().UnixNano()%1e6)/1e6
			before := execache.Counted()
			other := first(0.01 * share)
			if compiled := execache.Counted().Since(before).Compiled; compiled > 0 {
				t.Errorf("another strength compiled %d programs anew", compiled)
			}
			if one == 0 || math.Abs(other/(share*one)-1) > 1e-5 {
				t.Errorf("penalty %g with strengths of .01, %g with %g times as much; want %g", one, other, share, share*one)
			}
		})
	}
}
