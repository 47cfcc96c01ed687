//go:build peers

// This file's test installs PyTorch and JAX at its first run (0.7 GB), and is built with -tags peers alone.

package bench_test

import (
	"os"
	"testing"

	"v1lab/kernels/peers"
	"v1lab/v1model/experiments/bench"
)

// PyTorch, compiled too, and JAX compute our loss and gradients, with either padding, and can do all that is measured.
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
	same.Name, same.Set = "same", append(same.Set, "core.padding=same,same,same", "core.filter_sizes=4,3,3")
	for _, c := range []bench.Case{layers, same} {
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

// A short fit ends lower than it began in every system.
func TestPeersFit(t *testing.T) {
	interpreter, err := peers.Ensure(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	others, err := bench.Peers(interpreter, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	o := fitOptions(t)
	o.Systems = append([]bench.System{worker(t, bench.Ours, "ours")}, others...)
	r, err := bench.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Fit.Fits {
		if f.Steps != 20 || len(f.Curve) != 4 || !(f.Curve[3][2] < f.Curve[0][2]) {
			t.Errorf("%+v", f)
		}
	}
}
