package insilico_test

import (
	"math"
	"strings"
	"testing"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/golden"
	"v1lab/v1model/insilico"
)

// What neurons answer to a Gabor on a screen is their tuning at that Gabor: where they see a part of the image, and where they see all of it. The picture is
// that which Draw draws.
func TestScreen(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles many programs")
	}
	m, w := small(t, 20, 22, [][2]int{{6, 7}, {7, 9}, {18, 20}})
	for name, neurons := range map[string][]int{"window": {1, 0}, "whole": {2, 0, 1}} {
		t.Run(name, func(t *testing.T) {
			s := subject(t, m, w)
			g := insilico.Gabor{X: 8, Y: 7.5, Size: 7, Frequency: 0.12, Contrast: 3, Orientation: 0.4, Phase: 1}
			best := &insilico.Optimal{Neurons: neurons}
			for range neurons {
				best.Gabors, best.Dead = append(best.Gabors, g), append(best.Dead, false)
			}
			axes := insilico.Axes{Orientations: []float64{0.1, 2}, Frequencies: []float64{0.2}, Phases: []float64{0, 3}, Sizes: []float64{5}, Contrasts: []float64{1}, PlaidContrasts: []float64{2}}
			tuning, err := s.TuningAround(best, axes)
			if err != nil {
				t.Fatal(err)
			}
			show := func(plaid insilico.Plaid) (picture, rates []float32) {
				t.Helper()
				screen, err := s.Screen(neurons)
				if err != nil {
					t.Fatal(err)
				}
				p, r, err := screen.Show(plaid)
				if err != nil {
					t.Fatal(err)
				}
				return floats(p), floats(r)
			}
			varied := func(set func(g *insilico.Gabor)) insilico.Plaid {
				v := g
				set(&v)
				return insilico.Plaid{v}
			}
			for _, c := range []struct {
				what   string
				plaid  insilico.Plaid
				curves []float32
				count  int
				at     int
			}{
				{"grey", nil, tuning.Grey, 1, 0},
				{"orientation", varied(func(g *insilico.Gabor) { g.Orientation = 2 }), floats(tuning.Orientation), 2, 1},
				{"frequency", varied(func(g *insilico.Gabor) { g.Frequency = 0.2 }), floats(tuning.Frequency), 1, 0},
				{"phase", varied(func(g *insilico.Gabor) { g.Phase = 3 }), floats(tuning.Phase), 2, 1},
				{"size and contrast", varied(func(g *insilico.Gabor) { g.Size, g.Contrast = 5, 1 }), floats(tuning.SizeContrast), 1, 0},
				{"plaid", insilico.OrthogonalPlaid(g, 2, 2), floats(tuning.Plaids), 1, 0},
			} {
				picture, rates := show(c.plaid)
				var want []float32
				for i := range neurons {
					want = append(want, c.curves[i*c.count+c.at])
				}
				golden.Compare(t, c.what, rates, want, 1e-6)
				drawn, err := insilico.Draw(pjrttest.Backend(t), []insilico.Plaid{c.plaid}, 20, 22)
				if err != nil {
					t.Fatal(err)
				}
				golden.Compare(t, c.what+", picture", picture, drawn, 1e-6)
				alone, err := s.Picture(c.plaid)
				if err != nil {
					t.Fatal(err)
				}
				golden.Compare(t, c.what+", picture alone", alone, drawn, 1e-6)
			}
			if _, err := s.Screen([]int{3}); err == nil || !strings.Contains(err.Error(), "neuron 3 does not exist") {
				t.Errorf("a neuron that the model does not have: %v", err)
			}
			screen, err := s.Screen(neurons)
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := screen.Show(); err == nil {
				t.Error("nothing to show is no error")
			}
			if _, rates, err := screen.Show(insilico.Plaid{g}, nil); err != nil || len(floats(rates)) != 2*len(neurons) || math.Abs(float64(floats(rates)[len(neurons)]-tuning.Grey[0])) > 1e-5 {
				t.Errorf("two pictures: %v %v", rates, err)
			}
		})
	}
}
