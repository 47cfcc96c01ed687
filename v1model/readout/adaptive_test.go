package readout_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"pgregory.net/rapid"

	"v1lab/datasets/array"
	"v1lab/v1model/readout"
	"v1lab/v1model/readout/readouttest"
	"v1lab/v1model/weights"
)

const spread = 0.8

var adaptive = readout.Config{Kind: readout.JointL1, Sparsity: 0.3, Adaptive: true, AdaptiveSpread: spread}

// penaltyOf is a program of a readout's penalty and its gradient by the strengths.
func penaltyOf(t *testing.T, c readout.Config) *readouttest.Program {
	t.Helper()
	r := newReadout(t, c)
	return compile(t, r, nil, func(w weights.Nodes, _ []*graph.Node) map[string]*graph.Node {
		sum := readout.Penalty(r, w)
		named := map[string]*graph.Node{"sum": sum}
		if c.Adaptive {
			named["by strengths"] = graph.Gradient(sum, w.Get(readout.LogStrengths))[0]
		}
		return named
	})
}

// own is each neuron's penalty without a strength.
func own(w readouttest.Vars) []float64 {
	a := make([]float64, neurons)
	for n := range a {
		masks, features := 0.0, 0.0
		for _, v := range w[readout.Masks][n*height*width : (n+1)*height*width] {
			masks += math.Abs(v)
		}
		for _, v := range w[readout.Features][n*channels : (n+1)*channels] {
			features += math.Abs(v)
		}
		a[n] = masks * features
	}
	return a
}

// The penalty is the documented one; a common factor of all strengths, the order of neurons and neurons without weights change nothing; at equal
// strengths it is that without strengths.
func TestAdaptivePenaltyIsItsFormula(t *testing.T) {
	p, plain := penaltyOf(t, adaptive), penaltyOf(t, readout.Config{Kind: readout.JointL1, Sparsity: adaptive.Sparsity})
	rapid.Check(t, func(rt *rapid.T) {
		w := far(newReadout(t, adaptive), rapid.Uint64().Draw(rt, "seed"))
		silent := rapid.Bool().Draw(rt, "one without weights")
		counted := neurons
		if silent {
			clear(w[readout.Masks][:height*width])
			counted--
		}
		z := w[readout.LogStrengths]
		for n := range z {
			z[n] = rapid.Float64Range(-2, 2).Draw(rt, "log strength")
		}
		mean, a := 0.0, own(w)
		for n, v := range z {
			if a[n] > 0 {
				mean += v / float64(counted)
			}
		}
		variance, want, sum := 0.0, 0.0, 0.0
		for n, v := range z {
			if a[n] > 0 {
				variance += (v - mean) * (v - mean) / float64(counted)
				want, sum = want+a[n]*math.Exp(v-mean), sum+a[n]
			}
		}
		want = adaptive.Sparsity * (want + sum*variance/(2*spread*spread))
		check := func(what string, got, want float64) {
			if math.Abs(got-want) > 1e-9*(1+want) {
				rt.Fatalf("%s: %g, want %g", what, got, want)
			}
		}
		check("penalty", p.Run(w)["sum"][0], want)
		by := rapid.Float64Range(-30, 30).Draw(rt, "common factor")
		for n := range z {
			z[n] += by
		}
		check("all strengths scaled", p.Run(w)["sum"][0], want)
		swap(w, 0, 2)
		check("neurons in another order", p.Run(w)["sum"][0], want)
		clear(z)
		check("equal strengths", p.Run(w)["sum"][0], plain.Run(w)["sum"][0])
	})
}

// swap exchanges two neurons.
func swap(w readouttest.Vars, i, j int) {
	for _, x := range w {
		size := len(x) / neurons
		for k := range size {
			x[i*size+k], x[j*size+k] = x[j*size+k], x[i*size+k]
		}
	}
}

// Descending along the gradient by the strengths alone ends where the neuron with the largest weights has the lowest strength, with strengths that keep
// their geometric mean and none of which is near 0, however unequal the weights.
func TestStrengthsDoNotVanish(t *testing.T) {
	p := penaltyOf(t, adaptive)
	for _, larger := range []float64{1, 1e4} {
		w := far(newReadout(t, adaptive), 1)
		for i := range w[readout.Features] {
			w[readout.Features][i] = 1
		}
		for i := range w[readout.Masks] {
			w[readout.Masks][i] = 1
		}
		for i := range height * width {
			w[readout.Masks][height*width+i] *= larger // neuron 1
		}
		z := w[readout.LogStrengths]
		clear(z)
		z[0] = 0.5
		total := own(w)
		for range 1000 {
			for n, g := range p.Run(w)["by strengths"] {
				z[n] -= 0.3 * g / (adaptive.Sparsity * slices.Max(total))
			}
		}
		values := weights.Values{readout.LogStrengths: array.New([]float32{float32(z[0]), float32(z[1]), float32(z[2])})}
		s := readout.Strengths(values)
		if product := s[0] * s[1] * s[2]; math.Abs(product-1) > 1e-5 {
			t.Errorf("a neuron %g times as strong: strengths %v, want a geometric mean of 1", larger, s)
		}
		if each := readout.Strengths(values, 1, 2); each[0] != 1 || math.Abs(each[1]*each[2]-1) > 1e-5 {
			t.Errorf("of two sessions: %v, want a geometric mean of 1 in each", each)
		}
		if math.Abs(s[0]-s[2]) > 1e-3 || larger == 1 && math.Abs(s[1]-1) > 1e-3 || larger > 1 && !(s[1] < s[0] && s[1] > 0.1) {
			t.Errorf("a neuron %g times as strong: strengths %v; want the lowest for it, not near 0, and equal ones of equal neurons", larger, s)
		}
	}
}

func TestAdaptiveIsRefusedWhereItMeansNothing(t *testing.T) {
	for want, c := range map[string]readout.Config{
		"readout.adaptive: true, the kind is dense, accepted with joint_l1, transfer alone": {Kind: readout.Dense, Adaptive: true},
		"readout.adaptive_spread: 1, accepted with readout.adaptive: true alone":            {Kind: readout.JointL1, AdaptiveSpread: 1},
		"readout.adaptive_spread: -1, must be at least 0 and finite":                        {Kind: readout.JointL1, Adaptive: true, AdaptiveSpread: -1},
		"readout.adaptive_spread: +Inf, must be at least 0 and finite":                      {Kind: readout.JointL1, Adaptive: true, AdaptiveSpread: math.Inf(1)},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	if (readout.Config{Kind: readout.Transfer, Adaptive: true}).Validate() != nil || readout.Strengths(weights.Values{}) != nil {
		t.Error("transfer cannot be adaptive, or a readout without strengths has some")
	}
}
