package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels/pjrt"
	"v1lab/v1model/experiments/bench"
	"v1lab/v1model/experiments/trial"
)

func TestBenchGPUWrongUse(t *testing.T) {
	fails(t, wrongUse, []string{"bench", "gpu"}, "missing flags: --out=DIR", "--pack=DIR", "--list-files")
	fails(t, wrongUse, []string{"bench", "gpu", "--out", t.TempDir(), "--minutes", "0"}, "--minutes 0")
	fails(t, wrongUse, []string{"bench", "gpu", "--pack", t.TempDir(), "--without", "jax"}, `--without "jax"`, "accepted: plugin")
	fails(t, wrongUse, []string{"bench", "gpu", "--out", t.TempDir(), "--without", "plugin"}, "with --pack")
}

// Without a GPU a line says so, and nothing is downloaded or made.
func TestBenchGPUWithoutGPU(t *testing.T) {
	if pjrt.HasGPU() {
		t.Skip("there is a GPU")
	}
	out := filepath.Join(t.TempDir(), "out")
	fails(t, failed, []string{"bench", "gpu", "--out", out}, "this machine has no NVIDIA GPU with a driver, and nothing was downloaded", "--pack DIR")
	fails(t, failed, []string{"bench", "gpu", "--out", out, "--backend", "xla:cuda,tf32"}, "no NVIDIA GPU")
	if _, err := os.Stat(out); err == nil {
		t.Errorf("%s was made", out)
	}
}

func TestBenchGPUListsFiles(t *testing.T) {
	carried := t.TempDir()
	if err := os.MkdirAll(filepath.Join(carried, packedReferences, "paper"), 0o755); err != nil {
		t.Fatal(err)
	}
	listed := works(t, "bench", "gpu", "--list-files", "--carried", carried, "--python", "no-such-python")
	for _, want := range []string{"this program", "reference quickstart", "none carried along", filepath.Join(carried, packedReferences, "paper"), "CUDA plugin",
		"Python's jax", "not in no-such-python", "nvidia-smi"} {
		if !strings.Contains(listed, want) {
			t.Errorf("no %q in\n%s", want, listed)
		}
	}
}

// A folder is packed, and the program in it makes a trial of another backend, here of the one in pure Go against what XLA computed when it was packed. Its
// fits end with the same bits, resumed ones too.
func TestBenchGPU(t *testing.T) {
	asItself(t)
	whole := gpuTrial
	t.Cleanup(func() { gpuTrial = whole })
	toy := bench.Case{Name: "toy", Preset: "quickstart", Height: 9, Width: 10, Neurons: 5, Images: 24, Batch: 8,
		Set: []string{"core.filter_sizes=3", "core.features=2", "core.rotations=4", "core.upsampling=1", "core.strides=1", "core.padding=valid",
			"core.activations=softplus", "core.smoothness_rel=1", "core.sparsity_rel=1", "fit.schedule=one_cycle", "fit.peak_rate=0.01", "fit.steps=12", "fit.validate_every=4"}}
	gpuTrial = func() (trial.Options, error) {
		return trial.Options{Agree: []bench.Case{toy}, Time: []bench.Case{toy}, Fit: toy, StopAt: 5, Rounds: 1}, nil
	}
	packed, out := filepath.Join(t.TempDir(), "packed"), filepath.Join(t.TempDir(), "out")
	if stdout := works(t, "bench", "gpu", "--pack", packed, "--without", "plugin"); !strings.HasPrefix(stdout, packed+": ") {
		t.Errorf("packed: %s", stdout)
	}
	for _, name := range []string{"v1lab", "README.txt", "references/toy/problem.npz"} {
		if _, err := os.Stat(filepath.Join(packed, name)); err != nil {
			t.Error(err)
		}
	}
	var r trial.Report
	if err := json.Unmarshal([]byte(works(t, "bench", "gpu", "--backend", "go", "--carried", packed, "--out", out, "--json")), &r); err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Parts {
		want := trial.Done
		if strings.Contains(p.Name, bench.JAX) || strings.Contains(p.Name, bench.TorchCompile) {
			want = trial.Lacking
		}
		if p.State != want {
			t.Errorf("%s: %s (%s), want %s", p.Name, p.State, p.Why, want)
		}
	}
	if len(r.Agreement) != 1 || !r.Agreement[0].Holds || r.Agreement[0].Worst() == 0 {
		t.Errorf("agreement of another program: %+v", r.Agreement)
	}
	if len(r.Fits) != 5 || r.Fits[4].SameAs == "" || len(r.Resume) != 2 || !r.Resume[0].Same || !r.Resume[1].Same {
		t.Errorf("fits %+v, resumed %+v", r.Fits, r.Resume)
	}
	if page, err := os.ReadFile(filepath.Join(out, trial.TablesFile)); err != nil || !strings.Contains(string(page), "no --python that has it") {
		t.Errorf("%v\n%s", err, page)
	}
	if stdout := works(t, "bench", "gpu", "--backend", "go", "--carried", packed, "--out", out); stdout != filepath.Join(out, "gpu.md")+"\n"+filepath.Join(out, "gpu.json")+"\n" {
		t.Errorf("%q", stdout)
	}
}
