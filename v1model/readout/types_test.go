package readout_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model/readout"
	"v1lab/v1model/readout/readouttest"
	"v1lab/v1model/weights"
)

var drawn = readout.Config{Kind: readout.JointL1, Types: readout.Types{Weight: 0.7}}

// What draws neurons to their types is the documented sum, its gradient equals finite differences, and the length of weights does not matter.
func TestTypePenaltyIsItsFormula(t *testing.T) {
	for _, positive := range []bool{false, true} {
		c := drawn
		c.PositiveFeatures = positive
		specs := append(newReadout(t, c).Specs(), c.Types.Specs(neurons, channels)...)
		p := readouttest.Compile(t, pjrttest.Backend(t), specs, nil, func(w weights.Nodes, _ []*graph.Node) map[string]*graph.Node {
			sum := c.TypePenalty(w)
			return map[string]*graph.Node{"sum": sum, "gradient": graph.Gradient(sum, w.Get(readout.Features))[0]}
		})
		w := readouttest.Far(specs, weights.Init(specs, 1), 1)
		copy(w[readout.TypePull], []float64{0.9, 0.2, 0}) // the last neuron is drawn nowhere
		want, x, targets := 0.0, w[readout.Features], w[readout.TypeTargets]
		for n, pull := range w[readout.TypePull] {
			length := 0.0
			for _, v := range x[n*channels : (n+1)*channels] {
				length += v * v
			}
			for c := n * channels; c < (n+1)*channels; c++ {
				v := x[c]
				if positive {
					v = math.Abs(v)
				}
				want += 0.7 * pull * math.Pow(v/math.Sqrt(length)-targets[c], 2)
			}
		}
		got := p.Run(w)
		if math.Abs(got["sum"][0]-want) > 1e-9 {
			t.Errorf("positive features %v: %g, want %g", positive, got["sum"][0], want)
		}
		for i, at := range x {
			const h = 1e-6
			x[i] = at + h
			above := p.Run(w)["sum"][0]
			x[i] = at - h
			below := p.Run(w)["sum"][0]
			x[i] = at
			if d := (above - below) / (2 * h); math.Abs(got["gradient"][i]-d) > 1e-7 {
				t.Errorf("positive features %v: gradient %g of weight %d, differences give %g", positive, got["gradient"][i], i, d)
			}
		}
		for i := range x {
			x[i] *= 5
		}
		if scaled := p.Run(w)["sum"][0]; math.Abs(scaled-want) > 1e-9 {
			t.Errorf("positive features %v: %g of weights five times as large, want %g", positive, scaled, want)
		}
		clear(x[:channels])
		if g := p.Run(w)["gradient"]; math.IsNaN(g[0]) || math.IsInf(g[0], 0) {
			t.Errorf("gradient %g of a neuron without weights", g[0])
		}
	}
}

func TestTypesThatMeanNothing(t *testing.T) {
	for want, types := range map[string]readout.Types{
		"readout.types.weight: -1, must be at least 0 and finite":                                {Weight: -1},
		`readout.types.k: "some", accepted: auto or a number of types from 2`:                    {Weight: 1, K: "some"},
		`readout.types.k: "1", accepted: auto or a number of types from 2`:                       {Weight: 1, K: "1"},
		"readout.types.start: -5, must be at least 0":                                            {Weight: 1, Start: -5},
		`readout.types.components: "cauchy", accepted: t, gaussian`:                              {Weight: 1, Components: "cauchy"},
		"readout.types.weight: 0, found readout.types.k; accepted: a weight above 0, such as 0.": {K: "5"},
	} {
		c := readout.Config{Kind: readout.JointL1, Types: types}
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if n := (readout.Types{K: readout.Auto}).Number(); n != 0 || (readout.Types{K: "7"}).Number() != 7 || len((readout.Types{}).Specs(3, 2)) != 0 {
		t.Errorf("auto is %d types", n)
	}
}
