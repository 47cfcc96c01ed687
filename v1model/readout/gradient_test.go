package readout_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"pgregory.net/rapid"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/readout"
	"v1lab/v1model/readout/readouttest"
	"v1lab/v1model/weights"
)

// builtin lists the kinds that come with the package.
func builtin() (names []string) {
	for _, about := range readout.All() {
		if about.Source == "v1lab/v1model/readout" {
			names = append(names, about.Name)
		}
	}
	return names
}

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
		"adaptive":          weigh(readout.Config{Kind: readout.JointL1, Adaptive: true, AdaptiveSpread: 0.8}),
		"isotropic":         weigh(readout.Config{Kind: readout.Gaussian, Covariance: readout.Isotropic}),
		"uncorrelated":      weigh(readout.Config{Kind: readout.Gaussian, Covariance: readout.Uncorrelated, PositiveFeatures: true}),
		"cortex_mlp":        weigh(readout.Config{Kind: readout.Gaussian, Grid: readout.CortexMLP, GridHidden: []int{3}}),
		"cortex":            weigh(readout.Config{Kind: readout.Gaussian, Grid: readout.Cortex}),
	}
	for _, kind := range builtin() {
		configs[kind] = weigh(readout.Config{Kind: kind})
	}
	return configs
}

func TestEveryKindKeepsItsPromises(t *testing.T) {
	for name, config := range every() {
		t.Run(name, func(t *testing.T) {
			var hidden []string
			if config.Kind == readout.Transfer {
				hidden = []string{"maps"} // from some neurons
			}
			readouttest.Check(t, pjrttest.Backend(t), config, hidden...)
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
	for _, kind := range builtin() {
		t.Run(kind, func(t *testing.T) {
			r := newReadout(t, every()[kind])
			p := compile(t, r, nil, func(w weights.Nodes, _ []*graph.Node) map[string]*graph.Node {
				named := map[string]*graph.Node{"sum": readout.Penalty(r, w)}
				for _, term := range r.Penalties(w) {
					named[term.Weight] = term.Value
				}
				return named
			})
			rapid.Check(t, func(rt *rapid.T) {
				w := far(r, rapid.Uint64().Draw(rt, "seed"))
				before := p.Run(w)
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
				after, sum := p.Run(w), 0.0
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
		d := graph.Gradient(readout.Penalty(r, w), w.Get(readout.Masks), w.Get(readout.Features))
		return map[string]*graph.Node{"masks": d[0], "features": d[1]}
	})
	w := far(r, 1)
	clear(w[readout.Features][:channels])
	clear(w[readout.Masks][height*width : 2*height*width])
	for name, d := range p.Run(w) {
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
			got, want := r.Apply(w, placesFirst(in[0]), true).Drive, joint.Apply(w, placesFirst(in[0]), true).Drive
			k := max(every, 1)
			if every == 0 {
				k = 2
			}
			seen := graph.Slice(want, graph.AxisRange(), graph.AxisRange().Stride(k))
			return map[string]*graph.Node{
				"drive": got, "want drive": want,
				"maps": graph.Gradient(graph.ReduceAllSum(got), in[0])[0], "want maps": graph.Gradient(graph.ReduceAllSum(seen), in[0])[0],
				"masks": graph.Gradient(graph.ReduceAllSum(got), w.Get(readout.Masks))[0], "want masks": graph.Gradient(graph.ReduceAllSum(want), w.Get(readout.Masks))[0],
			}
		})
		got := p.Run(far(r, 1), maps)
		for _, name := range []string{"drive", "maps", "masks"} {
			for i, v := range got[name] {
				if math.Abs(v-got["want "+name][i]) > 1e-12 {
					t.Fatalf("every %d: %s[%d] = %g, want %g", every, name, i, v, got["want "+name][i])
				}
			}
		}
	}
}
