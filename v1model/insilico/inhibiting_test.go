package insilico_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"v1lab/v1model/insilico"
)

// Of neurons that sum the image under a filter, the most inhibiting image is the negative of the most exciting one: also where
// the rate is nearly 0 long before.
func TestInhibitingImagesOfLinearNeurons(t *testing.T) {
	gabors := []insilico.Gabor{{X: 12, Y: 12, Size: 9, Frequency: 1. / 8, Contrast: 1}, {X: 10, Y: 14, Size: 7, Frequency: 1. / 6, Contrast: 1, Orientation: 1, Phase: 2}}
	s := gaborNeurons(t, gabors)
	neurons := []int{0, 1}
	for _, norm := range []float64{2, 200} {
		o := insilico.MEIOptions{Images: 1, Norm: norm, Smoothness: -1, LearningRate: 0.1, MaxSteps: 400}
		exciting := meis(t, s, neurons, o)
		o.Inhibiting = true
		inhibiting := meis(t, s, neurons, o)
		for n := range neurons {
			if r := stat.Correlation(image(exciting, n), image(inhibiting, n), nil); r > -0.999 {
				t.Errorf("norm %g, neuron %d: correlation %.4f, want -1", norm, n, r)
			}
			if low, high := floats(inhibiting.Rates)[n], floats(exciting.Rates)[n]; low >= high {
				t.Errorf("norm %g, neuron %d: rate %g inhibited, %g excited", norm, n, low, high)
			}
		}
	}
}

// image is the first image of neuron i.
func image(m *insilico.MEIs, i int) (values []float64) {
	size := m.Images.Len() / len(m.Neurons)
	for _, v := range floats(m.Images)[i*size : i*size+m.Images.Len()/m.Rates.Len()] {
		values = append(values, float64(v))
	}
	return values
}

// Inhibiting images are listed from the lowest loss on, are told apart in archives, and do not go on with work on exciting ones.
func TestInhibitingImagesAreToldApart(t *testing.T) {
	m, w := small(t, 20, 20, twoPlaces)
	s := subject(t, m, w)
	o := insilico.MEIOptions{Images: 3, MaxSteps: 4, LearningRate: 0.3, Inhibiting: true}
	found := meis(t, s, []int{2}, o)
	order, losses := found.Order(0), floats(found.Loss)
	for i := 1; i < len(order); i++ {
		if losses[order[i]] < losses[order[i-1]] {
			t.Errorf("order %v of losses %v", order, losses)
		}
	}
	back, err := insilico.MEIsFromArrays(found.Arrays())
	if err != nil || !back.Inhibiting {
		t.Errorf("from its archive: inhibiting %v, %v", back.Inhibiting, err)
	}
	if !strings.HasSuffix(o.Text(), "} inhibiting") {
		t.Errorf("text %s", o.Text())
	}
	ctx, cancel := context.WithCancel(t.Context())
	exciting := insilico.MEIOptions{Images: 3, MaxSteps: 400, LearningRate: 0.3, Partial: filepath.Join(t.TempDir(), "partial"), Progress: func(insilico.Progress) { cancel() }}
	if _, err := s.MEIs(ctx, []int{2}, exciting); err == nil {
		t.Fatal("it ended before it was stopped")
	}
	exciting.Inhibiting = true
	if _, err := s.MEIs(t.Context(), []int{2}, exciting); err == nil || !strings.Contains(err.Error(), "other settings") {
		t.Errorf("another search: %v", err)
	}
}
