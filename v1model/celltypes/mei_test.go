package celltypes_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/v1model/celltypes"
	"v1lab/v1model/features"
	"v1lab/v1model/insilico"
)

// Patterns of three kinds are told apart, and each is found whatever its orientation, place, phase and contrast. The shifts are the turns between them.
func TestSpectraFindPatterns(t *testing.T) {
	t.Parallel()
	const size, n = 32, 30
	rng := rand.New(rand.NewPCG(2, 0))
	m := &insilico.MEIs{Dead: make([]bool, n+1)}
	var pixels []float32
	var kinds []int
	var angles []float64
	for i := range n {
		kind := i % 3
		g := insilico.Gabor{X: 13 + 6*rng.Float64(), Y: 13 + 6*rng.Float64(), Contrast: 1 + rng.Float64(), Orientation: 2 * math.Pi * rng.Float64(), Phase: 2 * math.Pi * rng.Float64(),
			Size: []float64{16, 16, 10}[kind], Frequency: []float64{0.1, 0.2, 0.1}[kind]}
		pixels = append(pixels, draw(insilico.Plaid{g}, size)...)
		m.Neurons, kinds, angles = append(m.Neurons, 100+i), append(kinds, kind), append(angles, g.Orientation)
	}
	pixels, kinds, m.Neurons, m.Dead[n] = append(pixels, make([]float32, size*size)...), append(kinds, -1), append(m.Neurons, 100+n), true
	m.Images = array.New(pixels, n+1, 1, size, size)
	a, err := celltypes.AnalyseMEIs(m, m.Neurons, features.Options{K: 3, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if ari := features.Agreement(a.Clustering.Labels, kinds); ari != 1 {
		t.Errorf("adjusted Rand index %g with the kinds: %v", ari, a.Clustering.Labels)
	}
	r, err := celltypes.Describe([]*celltypes.Analysis{a}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.From != celltypes.ByMEI || len(r.Dead) != 1 || r.Dead[0] != 100+n || r.Features != nil {
		t.Errorf("%+v", r.Details)
	}
	for i := 3; i < n; i++ {
		turned := math.Mod(float64(r.Shifts[i]-r.Shifts[i%3])-(angles[i]-angles[i%3])+6*math.Pi, math.Pi)
		if min(turned, math.Pi-turned) > 0.15 {
			t.Errorf("neuron %d: %g off the turn of its pattern", i, turned)
		}
	}
	if _, err := celltypes.AnalyseMEIs(m, []int{101, 3}, features.Options{}); err == nil || !strings.Contains(err.Error(), "neuron 3") {
		t.Errorf("a neuron without images: %v", err)
	}
}
