package fitted_test

import (
	"math"
	"testing"

	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
)

// A subject of some neurons answers as that of all does, also of an ensemble, and knows which are dead.
func TestSubjectOfSomeNeurons(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles programs of several models")
	}
	e := must(fitted.NewEnsemble(members(t)...))(t)
	neurons := []int{5, 1, 3}
	grid := insilico.SmallGrid([]float64{8}, []float64{8})
	whole := must(must(e.Subject(t.Context()))(t).OptimalGabors(t.Context(), neurons, grid, insilico.SearchOptions{}))(t)
	s, own, closeIt, err := e.SubjectOf(t.Context(), neurons)
	if err != nil {
		t.Fatal(err)
	}
	defer closeIt()
	if s.Model.Shape.Neurons != 3 || len(own) != 3 || own[2] != 2 {
		t.Errorf("a model of %d neurons, of which %v", s.Model.Shape.Neurons, own)
	}
	some := must(s.OptimalGabors(t.Context(), own, grid, insilico.SearchOptions{}))(t)
	for i, n := range neurons {
		x, y := float64(some.Rates[i]), float64(whole.Rates[i])
		if some.Dead[i] != whole.Dead[i] || !whole.Dead[i] && (math.Abs(x-y) > 1e-5*(1+y) || some.Indices[i] != whole.Indices[i]) {
			t.Errorf("neuron %d: dead %v, rate %g at %d; of all neurons %v, %g at %d", n, some.Dead[i], x, some.Indices[i], whole.Dead[i], y, whole.Indices[i])
		}
	}
}
