package v1model_test

import (
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/datasets/array"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/covariates"
	"v1lab/v1model/readout/readouttest"
	"v1lab/v1model/weights"
)

// ratesOf computes rates at covariates and at the default.
func ratesOf(t *testing.T, m *v1model.Model, w weights.Values, images, raw []float64) (at, byDefault []float64) {
	t.Helper()
	vars := readouttest.Vars{}
	for name, v := range w {
		for _, x := range v.Data.([]float32) {
			vars[name] = append(vars[name], float64(x))
		}
	}
	p := readouttest.Compile(t, pjrttest.Backend(t), m.Specs(), [][]int{{behavingBatch, 5, 6, 1}, {behavingBatch, len(raw) / behavingBatch}}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
		return map[string]*graph.Node{"rates": m.ForwardAt(w, in[0], in[1], false).Rates(), "default": m.Forward(w, in[0], false).Rates()}
	})
	got := p.Run(vars, images, raw)
	return got["rates"], got["default"]
}

// A model of several sessions, each with its gain and shifter, is the models of the sessions side by side; one of some of its neurons has theirs, in any order.
func TestSessionsHaveTheirOwnBehaviour(t *testing.T) {
	each := []string{"modulation.kind=gain", "modulation.covariates=running", "modulation.hidden=2", "modulation.sessions=each", "shifter.kind=mlp", "shifter.covariates=x,y", "shifter.sessions=each"}
	for name, settings := range map[string][]string{
		"masks":      each,
		"factors":    append(slices.Clone(each), "readout.kind=factorised", "readout.chunk=1", "modulation.shared=neuron"),
		"positions":  append(slices.Clone(each), "readout.kind=gaussian"),
		"gain alone": {"modulation.kind=gain", "modulation.covariates=running", "modulation.sessions=each", "shifter.kind=mlp", "shifter.covariates=x,running"},
	} {
		if testing.Short() && name != "positions" {
			continue // the full run has them all
		}
		config := behavingModel(t, settings).Config
		shape := v1model.Shape{Height: 5, Width: 6, Channels: 1, Neurons: 5}.OfSessions(2, 3)
		m, err := v1model.New(config, shape)
		if err != nil {
			t.Fatal(err)
		}
		w := weights.Values{}
		for name, v := range readouttest.Far(m.Specs(), weights.Init(m.Specs(), 1), 1) {
			for _, x := range v {
				w[name] = array.Array{Data: append(w.Float32(name), float32(x))}
			}
		}
		for _, s := range m.Specs() {
			w[s.Name] = array.Array{Shape: s.Shape, Data: w[s.Name].Data}
		}
		names := config.Covariates()
		for i, sd := range w.Float32(covariates.SessionSD) {
			w.Float32(covariates.SessionSD)[i] = 1 + sd*sd
		}
		for i, sd := range w.Float32(covariates.SD) {
			w.Float32(covariates.SD)[i] = 1 + sd*sd
		}
		images, raw := readouttest.Normal(1, "images", behavingBatch*30), readouttest.Normal(1, "covariates", behavingBatch*len(names))
		raw[1] = math.NaN()
		at, byDefault := ratesOf(t, m, w, images, raw)
		masks, features := m.Effective(w)

		compare := func(what string, part *v1model.Model, pw weights.Values, neurons []int) {
			t.Helper()
			partAt, partDefault := ratesOf(t, part, pw, images, raw)
			partMasks, partFeatures := part.Effective(pw)
			for i, n := range neurons {
				for b := range behavingBatch {
					if got, want := partAt[b*len(neurons)+i], at[b*5+n]; math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
						t.Errorf("%s: %s: rate of neuron %d is %g, in the whole model %g", name, what, n, got, want)
					}
					if got, want := partDefault[b*len(neurons)+i], byDefault[b*5+n]; math.Abs(got-want) > 1e-12*(1+math.Abs(want)) {
						t.Errorf("%s: %s: rate of neuron %d at the default is %g, in the whole model %g", name, what, n, got, want)
					}
				}
				for _, pair := range [][2]array.Array{{partMasks, masks}, {partFeatures, features}} {
					size := pair[1].Len() / 5
					if !slices.Equal(pair[0].Data.([]float32)[i*size:(i+1)*size], pair[1].Data.([]float32)[n*size:(n+1)*size]) {
						t.Errorf("%s: %s: other effective readout of neuron %d", name, what, n)
					}
				}
			}
		}
		spansTo := func(part *v1model.Model) []weights.Span {
			spans, err := weights.Spans(m.Specs(), part.Specs(), 5, part.Shape.Neurons)
			if err != nil {
				t.Fatal(err)
			}
			return spans
		}
		for k, neurons := range [][]int{{0, 1}, {2, 3, 4}} {
			window, err := v1model.New(config, shape.Window(len(neurons)))
			if err != nil {
				t.Fatal(err)
			}
			compare("window of a session", window, w.Pick(spansTo(window), neurons).OfSession(spansTo(window), k), neurons)
		}
		chosen := []int{4, 0, 3}
		some, err := v1model.New(config, shape.Pick(chosen))
		if err != nil {
			t.Fatal(err)
		}
		compare("some neurons", some, w.Pick(spansTo(some), chosen), chosen)
	}
}

// Settings of sessions that mean nothing are named, and one for all is written as before.
func TestSessionsOfBehaviourConfig(t *testing.T) {
	for _, c := range []struct {
		settings []string
		want     string
	}{
		{[]string{"modulation.kind=gain", "modulation.covariates=a", "modulation.sessions=all"}, `modulation.sessions: "all", accepted: one, each`},
		{[]string{"modulation.kind=channels", "modulation.covariates=a", "modulation.sessions=each"}, `modulation.sessions: "each", the kind is channels, accepted with gain alone`},
		{[]string{"shifter.sessions=each"}, `shifter.sessions: "each", the kind is none, accepted with mlp alone`},
		{[]string{"shifter.kind=mlp", "shifter.covariates=a", "shifter.sessions=two"}, `shifter.sessions: "two", accepted: one, each`},
	} {
		if _, err := v1model.Load("quickstart", c.settings...); err == nil || err.Error() != c.want {
			t.Errorf("%v: %v; want %s", c.settings, err, c.want)
		}
	}
	plain := behavingModel(t, behaving["shifted masks"]).Config
	one := behavingModel(t, append(slices.Clone(behaving["shifted masks"]), "shifter.sessions=one")).Config
	if !plain.SameFit(one) {
		t.Error("one shifter for all is another fit when it is said")
	}
}
