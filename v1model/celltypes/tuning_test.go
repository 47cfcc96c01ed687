package celltypes_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/simulated"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/features"
	"v1lab/v1model/insilico"
)

// draw draws a plaid as the device does.
func draw(p insilico.Plaid, size int) []float32 {
	pixels := make([]float32, size*size)
	for i := range pixels {
		sum := 0.0
		for _, g := range p {
			x, y := float64(i%size)-g.X, float64(i/size)-g.Y
			sin, cos := math.Sincos(g.Orientation)
			u, v, sd := cos*x-sin*y, sin*x+cos*y, g.Size/4
			sum += g.Contrast / 2 * math.Exp(-(u*u+v*v)/(2*sd*sd)) * math.Cos(2*math.Pi*g.Frequency*u+g.Phase)
		}
		pixels[i] = float32(sum)
	}
	return pixels
}

// trueTuning measures the tuning of simulated neurons themselves, and returns their types.
func trueTuning(t *testing.T, neurons int, types []string, seed uint64) (*insilico.Tuning, []int) {
	t.Helper()
	const size = 24
	c := simulated.Default()
	c.Neurons, c.Height, c.Width, c.Types, c.Seed = neurons, size, size, types, seed
	p, err := simulated.NewPopulation(c)
	if err != nil {
		t.Fatal(err)
	}
	answers := func(plaids []insilico.Plaid) datasets.Responses {
		images := datasets.Images{N: len(plaids), Height: size, Width: size, Channels: 1}
		for _, plaid := range plaids {
			images.Pixels = append(images.Pixels, draw(plaid, size)...)
		}
		rates, err := p.Rates(images)
		if err != nil {
			t.Fatal(err)
		}
		return rates
	}
	places := insilico.Range(8, 17)
	grid := insilico.SmallGrid(places, places)
	var all []insilico.Plaid
	for i := range grid.Len() {
		if g := grid.At(i); int(g.X+g.Y)%2 == 0 {
			all = append(all, insilico.Plaid{g})
		}
	}
	found, best := answers(all), &insilico.Optimal{Dead: make([]bool, neurons)}
	for n := range neurons {
		at := 0
		for i := range all {
			if found.At(i)[n] > found.At(at)[n] {
				at = i
			}
		}
		best.Neurons, best.Indices, best.Rates, best.Gabors = append(best.Neurons, n), append(best.Indices, at), append(best.Rates, found.At(at)[n]), append(best.Gabors, all[at][0])
	}
	tuning := &insilico.Tuning{Optimal: best, Axes: insilico.DefaultAxes()}
	around := func(count int, shape []int, stimulus func(g insilico.Gabor, i int) insilico.Plaid) array.Array {
		var rates []float32
		for n, g := range best.Gabors {
			var plaids []insilico.Plaid
			for i := range count {
				plaids = append(plaids, stimulus(g, i))
			}
			answer := answers(plaids)
			for i := range count {
				rates = append(rates, answer.At(i)[n])
			}
		}
		return array.New(rates, append([]int{neurons}, shape...)...)
	}
	a := &tuning.Axes
	a.Sizes, a.Contrasts, a.PlaidContrasts = insilico.Geometric(4, 1.4, 8), insilico.Geometric(0.5, 2, 4), []float64{0, 4}
	tuning.Grey = around(1, []int{1}, func(insilico.Gabor, int) insilico.Plaid { return nil }).Data.([]float32)
	tuning.Orientation = around(len(a.Orientations), []int{len(a.Orientations)}, func(g insilico.Gabor, i int) insilico.Plaid {
		g.Orientation = a.Orientations[i]
		return insilico.Plaid{g}
	})
	tuning.Frequency = around(len(a.Frequencies), []int{len(a.Frequencies)}, func(g insilico.Gabor, i int) insilico.Plaid {
		g.Frequency = a.Frequencies[i]
		return insilico.Plaid{g}
	})
	tuning.Phase = around(len(a.Phases), []int{len(a.Phases)}, func(g insilico.Gabor, i int) insilico.Plaid {
		g.Phase = a.Phases[i]
		return insilico.Plaid{g}
	})
	tuning.SizeContrast = around(32, []int{8, 4}, func(g insilico.Gabor, i int) insilico.Plaid {
		g.Size, g.Contrast = a.Sizes[i/4], a.Contrasts[i%4]
		return insilico.Plaid{g}
	})
	tuning.Plaids = around(4, []int{2, 2}, func(g insilico.Gabor, i int) insilico.Plaid {
		return insilico.OrthogonalPlaid(g, a.PlaidContrasts[i%2], a.PlaidContrasts[i/2])
	})
	return tuning, p.Truth().Type
}

// Simulated neurons whose true tuning is known are grouped by type, whatever their orientation and place; the order in which they come does not matter.
func TestTuningFindsTypes(t *testing.T) {
	t.Parallel()
	tuning, types := trueTuning(t, 60, simulated.TypeNames(), 3)
	measured := celltypes.FromTuning(tuning)
	a, err := celltypes.AnalyseMeasured(measured, features.Options{K: 5, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if ari := features.ARI(a.Clustering.Labels, types); ari < 0.8 {
		t.Errorf("adjusted Rand index %g with the types", ari)
	}
	chosen, err := celltypes.AnalyseMeasured(measured, features.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if ari := features.ARI(chosen.Clustering.Labels, types); ari < 0.8 {
		t.Errorf("%d groups, adjusted Rand index %g with the 5 types", chosen.Clustering.K, ari)
	}

	order := rand.New(rand.NewPCG(5, 0)).Perm(60)
	other, err := measured.Of(order)
	if err != nil {
		t.Fatal(err)
	}
	b, err := celltypes.AnalyseMeasured(other, features.Options{K: 5, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var there []int
	for _, n := range order {
		there = append(there, a.Clustering.Labels[n])
	}
	if ari := features.ARI(b.Clustering.Labels, there); ari != 1 { // clusters of one size have no order
		t.Errorf("in another order, the groups have an adjusted Rand index of %g with those before", ari)
	}
}

// A neuron that nothing excites is in no cluster; lists name neurons by their numbers in the run; nothing that depends on a shift is told.
func TestTuningOfSome(t *testing.T) {
	t.Parallel()
	m := &celltypes.Measured{Neurons: []int{9, 4, 7, 2, 5}, Names: []string{"a", "b"}, Values: [][]float64{{1, 1.1, 5, 5.1, math.NaN()}, {2, 2, 2, 2, math.NaN()}}}
	a, err := celltypes.AnalyseMeasured(m, features.Options{K: 2})
	if err != nil {
		t.Fatal(err)
	}
	truth := &datasets.Truth{TypeNames: []string{"x", "y"}, Type: []int{0, 0, 1, 0, 0, 0, 0, 1, 0, 0}}
	r, err := celltypes.Describe([]*celltypes.Analysis{a}, truth)
	if err != nil {
		t.Fatal(err)
	}
	if r.From != celltypes.ByTuning || !slices.Equal(r.Dead, []int{5}) || !slices.Equal(r.Neurons, m.Neurons) || float64(*r.ARITruth) < 0.99 || len(r.Means) != 2 {
		t.Errorf("%+v, %+v", r, r.Details)
	}
	for _, some := range r.Exemplars {
		for _, n := range some {
			if !slices.Contains(m.Neurons, n) {
				t.Errorf("exemplar %d", n)
			}
		}
	}
	if want := []int{-1, -1, a.Clustering.Labels[3], -1, a.Clustering.Labels[1], -1, -1, a.Clustering.Labels[2], -1, a.Clustering.Labels[0]}; !slices.Equal(a.Everyone(10), want) {
		t.Errorf("labels of all %v, want %v", a.Everyone(10), want)
	}
	if !math.IsNaN(float64(r.Shifts[0])) {
		t.Errorf("shift %v of what was not shifted", r.Shifts[0])
	}
	arrays := celltypes.Arrays(a, r)
	if got := arrays["measured"].Shape; !slices.Equal(got, []int{2, 5}) || arrays["templates"].Shape != nil {
		t.Errorf("measured %v, templates %v", got, arrays["templates"].Shape)
	}
	if _, err := m.Of([]int{3}); err == nil {
		t.Error("a neuron that was not measured was found")
	}
}
