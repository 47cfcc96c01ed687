package readout_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"pgregory.net/rapid"

	"v1lab/v1model/objective"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

const batch, height, width, channels, neurons = 2, 3, 4, 2, 3

// every is one config of each kind and of each form that computes something else.
func every() map[string]readout.Config {
	signed := false
	weigh := func(c readout.Config) readout.Config {
		c.Sparsity, c.MaskSparsity, c.FeatureSparsity, c.FeatureL2 = 0.3, 0.5, 0.7, 0.2
		return c
	}
	configs := map[string]readout.Config{
		"positive features": weigh(readout.Config{Kind: readout.SeparateL1, PositiveFeatures: true}),
		"signed masks":      weigh(readout.Config{Kind: readout.Factorised, PositiveMasks: &signed}),
		"in chunks":         weigh(readout.Config{Kind: readout.JointL1, Chunk: 2}),
		"isotropic":         weigh(readout.Config{Kind: readout.Gaussian, Covariance: readout.Isotropic}),
		"uncorrelated":      weigh(readout.Config{Kind: readout.Gaussian, Covariance: readout.Uncorrelated, PositiveFeatures: true}),
		"cortex":            weigh(readout.Config{Kind: readout.Gaussian, Grid: readout.Cortex}),
	}
	for _, kind := range readout.Kinds {
		configs[kind] = weigh(readout.Config{Kind: kind})
	}
	return configs
}

func newReadout(t testing.TB, c readout.Config) *readout.Readout {
	t.Helper()
	r, err := readout.New(c, height, width, channels, neurons)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The gradient of loss and penalty by every variable, and by the maps, equals differences.
func TestGradientsEqualDifferences(t *testing.T) {
	responses := []float64{0, 1, 2.5, 0.1, 7, 0}
	maps := normal(1, "maps", batch*height*width*channels)
	for name, config := range every() {
		t.Run(name, func(t *testing.T) {
			r := newReadout(t, config)
			var trained []string
			for _, s := range r.Specs() {
				if s.Trainable {
					trained = append(trained, s.Name)
				}
			}
			p := compile(t, r, [][]int{{batch, height, width, channels}, {batch, neurons}}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
				loss := graph.Add(objective.Poisson(r.Apply(w, placesFirst(in[0]), true).Rates, in[1]), r.Penalty(w))
				of := []*graph.Node{in[0]}
				for _, name := range trained {
					of = append(of, w.Get(name))
				}
				named := map[string]*graph.Node{"loss": loss}
				for i, d := range graph.Gradient(loss, of...) {
					named[append([]string{"maps"}, trained...)[i]] = d
				}
				return named
			})
			w := far(r, 1)
			if places, ok := w[readout.CortexPlaces]; ok {
				copy(places, []float64{-0.5, 1, 0.2, -1, 0.3, 0})
			}
			gradients := p.run(w, maps, responses)
			loss := func() float64 { return p.run(w, maps, responses)["loss"][0] }
			holds := func(name string, x []float64) {
				const h = 1e-6
				for i := range x {
					at := x[i]
					x[i] = at + h
					above := loss()
					x[i] = at - h
					below := loss()
					x[i] = at
					if want := (above - below) / (2 * h); math.Abs(gradients[name][i]-want) > 1e-6*(1+math.Abs(want)) {
						t.Errorf("d loss / d %s[%d] = %g, differences give %g", name, i, gradients[name][i], want)
					}
				}
			}
			for _, name := range trained {
				holds(name, w[name])
			}
			if config.Kind != readout.Transfer { // which hides the maps from some neurons
				holds("maps", maps)
			}
		})
	}
}

// How each penalty grows with masks and features; signs never matter.
func TestPenaltiesScale(t *testing.T) {
	type scaling func(masks, features float64) float64
	product := func(m, f float64) float64 { return m * f }
	mask, feature, square := func(m, _ float64) float64 { return m }, func(_, f float64) float64 { return f }, func(_, f float64) float64 { return f * f }
	want := map[string]map[string]scaling{
		readout.JointL1: {"sparsity": product}, readout.Transfer: {"sparsity": product}, readout.Dense: {"mask_sparsity": product},
		readout.SeparateL1:    {"mask_sparsity": mask, "feature_sparsity": feature},
		readout.DenseSeparate: {"mask_sparsity": mask, "feature_l2": square},
		readout.Factorised:    {"mask_sparsity": mask, "feature_sparsity": feature, "feature_l2": square},
		readout.Gaussian:      {"feature_sparsity": feature},
	}
	for _, kind := range readout.Kinds {
		t.Run(kind, func(t *testing.T) {
			r := newReadout(t, every()[kind])
			p := compile(t, r, nil, func(w weights.Nodes, _ []*graph.Node) map[string]*graph.Node {
				named := map[string]*graph.Node{"sum": r.Penalty(w)}
				for _, term := range r.Penalties(w) {
					named[term.Weight] = term.Value
				}
				return named
			})
			rapid.Check(t, func(rt *rapid.T) {
				w := far(r, rapid.Uint64().Draw(rt, "seed"))
				before := p.run(w)
				scales := rapid.SliceOfN(rapid.Float64Range(0.01, 100), 2, 2).Draw(rt, "scales of masks and features")
				scale := func(name string, by float64) {
					for i := range w[name] {
						w[name][i] *= by
						if rapid.Bool().Draw(rt, "turn a sign") {
							w[name][i] = -w[name][i]
						}
					}
				}
				scale(readout.Masks, scales[0])
				scale(readout.Features, scales[1])
				after, sum := p.run(w), 0.0
				if len(after) != len(want[kind])+1 {
					rt.Fatalf("terms %v, want %d", after, len(want[kind]))
				}
				for name, s := range want[kind] {
					sum += after[name][0]
					if ratio := after[name][0] / before[name][0]; !(math.Abs(ratio/s(scales[0], scales[1])-1) < 1e-9) {
						rt.Fatalf("%s grew by %g, want %g", name, ratio, s(scales[0], scales[1]))
					}
				}
				if math.Abs(after["sum"][0]-sum) > 1e-9*sum {
					rt.Fatalf("penalty %g, its terms sum to %g", after["sum"][0], sum)
				}
			})
		})
	}
}

// Features and masks that are exactly zero have finite gradients.
func TestZeroHasFiniteGradients(t *testing.T) {
	r := newReadout(t, every()[readout.Dense])
	p := compile(t, r, nil, func(w weights.Nodes, _ []*graph.Node) map[string]*graph.Node {
		d := graph.Gradient(r.Penalty(w), w.Get(readout.Masks), w.Get(readout.Features))
		return map[string]*graph.Node{"masks": d[0], "features": d[1]}
	})
	w := far(r, 1)
	clear(w[readout.Features][:channels])
	clear(w[readout.Masks][height*width : 2*height*width])
	for name, d := range p.run(w) {
		for i, v := range d {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				t.Errorf("gradient %g of %s[%d]", v, name, i)
			}
		}
	}
}

// Transfer predicts as joint L1 does; the maps get the gradient of neurons 0, k, 2k, ... alone, also where k does not divide
// their number or exceeds it.
func TestTransferHidesTheCoreFromSome(t *testing.T) {
	maps := normal(1, "maps", batch*height*width*channels)
	for _, every := range []int{0, 1, 5} {
		r := newReadout(t, readout.Config{Kind: readout.Transfer, TransferEvery: every})
		joint := newReadout(t, readout.Config{Kind: readout.JointL1})
		p := compile(t, r, [][]int{{batch, height, width, channels}}, func(w weights.Nodes, in []*graph.Node) map[string]*graph.Node {
			got, want := r.Apply(w, placesFirst(in[0]), true).Rates, joint.Apply(w, placesFirst(in[0]), true).Rates
			k := max(every, 1)
			if every == 0 {
				k = 2
			}
			seen := graph.Slice(want, graph.AxisRange(), graph.AxisRange().Stride(k))
			return map[string]*graph.Node{
				"rates": got, "want rates": want,
				"maps": graph.Gradient(graph.ReduceAllSum(got), in[0])[0], "want maps": graph.Gradient(graph.ReduceAllSum(seen), in[0])[0],
				"masks": graph.Gradient(graph.ReduceAllSum(got), w.Get(readout.Masks))[0], "want masks": graph.Gradient(graph.ReduceAllSum(want), w.Get(readout.Masks))[0],
			}
		})
		got := p.run(far(r, 1), maps)
		for _, name := range []string{"rates", "maps", "masks"} {
			for i, v := range got[name] {
				if math.Abs(v-got["want "+name][i]) > 1e-12 {
					t.Fatalf("every %d: %s[%d] = %g, want %g", every, name, i, v, got["want "+name][i])
				}
			}
		}
	}
}
