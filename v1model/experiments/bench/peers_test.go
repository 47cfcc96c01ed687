//go:build peers

// This file's test installs PyTorch and JAX at its first run (0.7 GB), and is built with -tags peers alone.

package bench_test

import (
	"math"
	"os"
	"slices"
	"testing"

	"v1lab/kernels/peers"
	"v1lab/v1model/experiments/bench"
)

// PyTorch, compiled too, and JAX compute our loss and gradients, with either padding and any batch normalisation, and can do all that is measured.
func TestPeers(t *testing.T) {
	interpreter, err := peers.Ensure(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	others, err := bench.Peers(interpreter, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	layers := bench.Case{Name: "valid", Preset: "quickstart", Height: 14, Width: 13, Neurons: 5, Images: 40, Batch: 16,
		Set: []string{"core.filter_sizes=5,3,3", "core.features=2,3,2", "core.rotations=4"}}
	same := layers
	same.Name, same.Set = "same", append(slices.Clone(layers.Set), "core.padding=same,same,same", "core.filter_sizes=4,3,3")
	shared := layers
	shared.Name, shared.Set = "shared", append(slices.Clone(layers.Set), "core.shared_biases=true")
	for _, c := range []bench.Case{layers, same, shared} {
		r, err := bench.Run(t.Context(), bench.Options{What: []string{bench.Step, bench.Predict, bench.Read}, Cases: []bench.Case{c}, Rounds: 1, Progress: os.Stderr,
			Systems: append([]bench.System{worker(t, bench.Ours, "ours")}, others...)})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range r.Agreement {
			t.Logf("%+v", a)
		}
		if len(r.Agreement) != 1+len(others) || len(r.Step[0].Systems) != 1+len(others) || r.Step[0].Ratio == nil || r.Read[0].Best != "numpy" {
			t.Errorf("found %+v", r)
		}
	}
}

// Short fits by either schedule go the same way in every system: equal losses at equal steps, but for rounding.
func TestPeersFit(t *testing.T) {
	interpreter, err := peers.Ensure(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	others, err := bench.Peers(interpreter, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o := cycleOptions(t)
	o.Systems = append([]bench.System{worker(t, bench.Ours, "ours")}, others...)
	cycle, err := bench.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	o = fitOptions(t)
	o.Fit.Config.Core.UnfusedNorm = true
	o.Systems = append([]bench.System{worker(t, bench.Ours, "ours")}, others...)
	reference, err := bench.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		fits []bench.Fitted
		at   []float64
	}{{cycle.Fit.Fits, []float64{5, 10, 15, 20, 22}}, {reference.Fit.Fits, []float64{5, 10, 15, 20}}} {
		for _, f := range c.fits {
			if len(f.Curve) != len(c.at) {
				t.Fatalf("%+v", f)
			}
			for i, p := range f.Curve {
				t.Logf("%s: %v", f.System, p)
				if p[0] != c.at[i] || !(math.Abs(p[2]/c.fits[0].Curve[i][2]-1) < 1e-3) {
					t.Errorf("%s: %v, ours %v", f.System, p, c.fits[0].Curve[i])
				}
			}
		}
	}
}
