package insilico_test

import (
	"slices"
	"testing"

	"v1lab/v1model/golden"
	"v1lab/v1model/insilico"
	"v1lab/v1model/readout"
)

// Tuning of neurons that see a part of the image is computed from that part alone, and is that of the whole model: in the middle, at a border, of two neurons
// together, with channels of behaviour. Weights too small to matter outside of the spots make all neurons see the whole image.
func TestTuningOfWindows(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles many programs")
	}
	places := [][2]int{{12, 14}, {0, 0}, {11, 17}}
	for name, c := range map[string]struct {
		neurons  []int
		settings []string
	}{
		"middle": {[]int{0}, []string{"core.padding=same,same,same"}},
		"corner": {[]int{1}, []string{"core.padding=same,valid,same", "core.activations=softplus,softplus,elu"}},
		"two":    {[]int{2, 0}, []string{"modulation.kind=channels", "modulation.covariates=running", "core.padding=valid,same,same"}},
	} {
		t.Run(name, func(t *testing.T) {
			m, w := small(t, 32, 34, places, c.settings...)
			axes := insilico.Axes{Orientations: insilico.Periodic(3, 3), Frequencies: []float64{0.1}, Phases: []float64{0, 1}, Sizes: []float64{5, 40}, Contrasts: []float64{1}, PlaidContrasts: []float64{0, 2}}
			grid := insilico.Grid{X: []float64{3, 14, 16}, Y: []float64{2, 13}, Sizes: []float64{6, 14}, Frequencies: []float64{0.1, 0.2}, Contrasts: []float64{4}, Orientations: insilico.Periodic(3, 4), Phases: []float64{0, 2}}
			tuned := func() *insilico.Tuning {
				found, err := subject(t, m, w).Tuning(t.Context(), c.neurons, grid, axes, insilico.SearchOptions{})
				if err != nil {
					t.Fatal(err)
				}
				return found
			}
			s := subject(t, m, w)
			if pixels, all := s.ViewPixels(c.neurons), 32*34; pixels > all*7/10 {
				t.Errorf("a view of %d pixels of %d", pixels, all)
			}
			seen := tuned()
			for i, v := range w.Float32(readout.Masks) {
				if v == 0 {
					w.Float32(readout.Masks)[i] = 1e-20
				}
			}
			if pixels := subject(t, m, w).ViewPixels(c.neurons); pixels != 32*34 {
				t.Errorf("neurons that see everything: a view of %d pixels", pixels)
			}
			whole := tuned()
			if !slices.Equal(seen.Optimal.Indices, whole.Optimal.Indices) {
				t.Errorf("Gabors %v, of the whole image %v", seen.Optimal.Indices, whole.Optimal.Indices)
			}
			golden.Compare(t, "rates", seen.Optimal.Rates, whole.Optimal.Rates, golden.Value)
			golden.Compare(t, "grey", seen.Grey, whole.Grey, golden.Value)
			golden.Compare(t, "orientation", floats(seen.Orientation), floats(whole.Orientation), golden.Value)
			golden.Compare(t, "sizes", floats(seen.SizeContrast), floats(whole.SizeContrast), golden.Value)
			golden.Compare(t, "plaids", floats(seen.Plaids), floats(whole.Plaids), golden.Value)
		})
	}
}
