package trial_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute"

	"v1lab/kernels/pjrt"
	"v1lab/v1model/experiments/bench"
	"v1lab/v1model/experiments/trial"
)

// asWorker makes the test binary our worker on the backend that is its value, or one that does nothing.
const asWorker = "V1LAB_TEST_AS_WORKER"

func TestMain(m *testing.M) {
	name := os.Getenv(asWorker)
	switch name {
	case "":
		os.Exit(m.Run())
	case "sleeps":
		time.Sleep(time.Minute)
	}
	name, _ = strings.CutSuffix(name, ",tf32") // the CPU has none
	open := func(ctx context.Context) (compute.Backend, error) { return pjrt.Backend(ctx, name, os.Stderr) }
	if err := bench.Serve(context.Background(), open, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func ours(t *testing.T) func(backend, flags string) bench.System {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return func(backend, flags string) bench.System {
		return bench.System{Name: bench.Ours, Args: []string{self}, Env: []string{asWorker + "=" + backend, "XLA_FLAGS=" + flags}}
	}
}

// toy compiles in a moment.
func toy(name string, set ...string) bench.Case {
	return bench.Case{Name: name, Preset: "quickstart", Height: 9, Width: 10, Neurons: 5, Images: 24, Batch: 8,
		Set: append([]string{"core.filter_sizes=3", "core.features=2", "core.rotations=4", "core.upsampling=1", "core.strides=1", "core.padding=valid",
			"core.activations=softplus", "core.smoothness_rel=1", "core.sparsity_rel=1"}, set...)}
}

// options are those of the smallest trial, of the CPU against itself.
func options(t *testing.T) trial.Options {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes")
	}
	return trial.Options{
		Out: t.TempDir(), Backend: "xla:cpu", Reference: "xla:cpu", Ours: ours(t), Kept: filepath.Join(t.TempDir(), "autotune"),
		Agree: []bench.Case{toy("toy")}, Time: []bench.Case{toy("toy")}, MEI: 2, MEISteps: 3, Rounds: 1, Limit: time.Hour,
		Fit: toy("fit", "fit.schedule=one_cycle", "fit.peak_rate=0.01", "fit.steps=12", "fit.validate_every=4"), StopAt: 6,
	}
}

// The CPU computes to the bit what the CPU computes: no difference, equal fits, a resumed fit equal to an unbroken one. A peer that is not here is named.
func TestOfTheCPU(t *testing.T) {
	o := options(t)
	o.References = filepath.Join(t.TempDir(), "carried")
	if err := trial.MakeReference(t.Context(), o.References, o.Agree[0], o.Ours(o.Reference, "")); err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir() // a GPU that is busy
	if err := os.WriteFile(filepath.Join(bin, "nvidia-smi"), []byte("#!/bin/sh\ncase \"$*\" in *loop*) echo '20, 1000'; echo '40, 3000'; exec sleep 9;; *) echo 'Toy GPU, 1.2, 9 MiB';; esac\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	o.Peers, o.Lacking = []bench.System{{Name: bench.JAX}}, map[string]string{bench.JAX: "no JAX for this GPU was carried along"}
	r, err := trial.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Parts {
		if want := map[bool]string{true: trial.Lacking, false: trial.Done}[strings.Contains(p.Name, "jax")]; p.State != want {
			t.Errorf("%s: %s (%s), want %s", p.Name, p.State, p.Why, want)
		}
	}
	if len(r.Agreement) != 1 || r.Agreement[0].Worst() != 0 || !r.Agreement[0].Holds {
		t.Errorf("agreement %+v", r.Agreement)
	}
	if len(r.Fits) != 5 {
		t.Errorf("%d fits", len(r.Fits))
	}
	for i, f := range r.Fits {
		if f.Steps != 12 || f.First <= 0 || f.Seconds < f.First || i > 0 && f.SameAs != r.Fits[0].Name {
			t.Errorf("fit %+v", f)
		}
	}
	if len(r.Resume) != 2 || !r.Resume[0].Same || !r.Resume[1].Same || r.Resume[0].Steps != 12 {
		t.Errorf("resumed: %+v", r.Resume)
	}
	if len(r.Speed) != 3 {
		t.Fatalf("speed %+v", r.Speed)
	}
	for _, s := range r.Speed {
		if s.Median <= 0 || s.Rate <= 0 || s.Utilisation == nil || math.Abs(*s.Utilisation-0.3) > 1e-9 || s.Memory == nil || *s.Memory != 3000<<20 {
			t.Errorf("speed %+v", s)
		}
	}
	page, err := os.ReadFile(filepath.Join(o.Out, trial.TablesFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"GPU: Toy GPU, 1.2, 9 MiB.", "| toy | v1lab | 0.0e+00 |", "| autotuning kept | 12 |", "| deterministic ones only | 6 | 12 | yes |", "| 30 % |",
		"| speed: jax: toy | not measured | no JAX for this GPU was carried along |"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	// What is done is not done again: the worker would sleep.
	o.Ours = func(string, string) bench.System { return o.Peers[0] }
	again, err := trial.Run(t.Context(), o)
	if err != nil || again.Markdown() != string(page) {
		t.Errorf("%v, again:\n%s", err, again.Markdown())
	}
	o.Backend = "xla:cuda"
	if _, err := trial.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "a trial of xla:cpu against xla:cpu, not of xla:cuda against xla:cpu") {
		t.Errorf("another trial in the same folder: %v", err)
	}
}

// A part that takes too long or fails does not hold up the others, parts for which no time is left wait, and all are tried again.
func TestPartsThatFail(t *testing.T) {
	o := options(t)
	good, failing := o.Ours, ""
	o.Ours = func(backend, flags string) bench.System {
		s := good(backend, flags)
		if failing == "all" {
			s.Env[0] = asWorker + "=xla:/no/such/plugin.so"
		}
		return s
	}
	o.Backend, o.Reference = "go", "go" // compiles nothing
	o.Time, o.MEI, o.Limit, o.TF32 = nil, 0, 0, true
	state := func(r *trial.Report, name, want, why string) {
		t.Helper()
		for _, p := range r.Parts {
			if p.Name == name && (p.State != want || !strings.Contains(p.Why, why)) {
				t.Errorf("%s: %s (%s), want %s (%s)", name, p.State, p.Why, want, why)
			}
		}
	}
	r, err := trial.Run(t.Context(), o)
	if err != nil || len(r.Parts) != 6 {
		t.Fatalf("%v, parts %+v", err, r)
	}
	for _, p := range r.Parts {
		state(r, p.Name, trial.Waiting, "run the command again")
	}
	o.Limit, failing = time.Hour, "all"
	if r, err = trial.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	state(r, "device", trial.Failed, "no/such/plugin.so")
	state(r, "agreement: toy", trial.Lacking, "no reference of toy was carried along")
	failing = ""
	if r, err = trial.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Parts {
		state(r, p.Name, trial.Done, "")
	}
	if a := r.Agreement; len(a) != 3 || a[0].Accepted != 1e-5 || a[1].Accepted != 1e-5 || a[1].System != "v1lab, NVIDIA_TF32_OVERRIDE=0" || a[2].Accepted != 1e-3 || a[2].System != "v1lab, TF32" {
		t.Errorf("agreement %+v", a)
	}
}

// A process that hangs is ended at the limit.
func TestLate(t *testing.T) {
	o := options(t)
	self := o.Ours("sleeps", "").Args
	o.Ours = func(string, string) bench.System {
		return bench.System{Name: bench.Ours, Args: self, Env: []string{asWorker + "=sleeps"}}
	}
	o.Time, o.Agree, o.MEI, o.Limit = nil, nil, 0, 5*time.Second+500*time.Millisecond
	r, err := trial.Run(t.Context(), o)
	if err != nil || r.Parts[0].State != trial.Late || !strings.HasPrefix(r.Parts[0].Why, "stopped after 5 s") {
		t.Errorf("%v, %+v", err, r)
	}
}
