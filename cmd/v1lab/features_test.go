package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/notebooks/report"
)

func TestFeatures(t *testing.T) {
	out := filepath.Join(t.TempDir(), "f.npz")
	works(t, "features", "--run", fittedRun(t), "--out", out)
	all, err := array.ReadNPZ(out)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"weights": "float32 [8 4 2]", "masks": "float32 [8 16 16]", "bias": "float32 [8]", "power": "float32 [8 2]",
		"group": "int64 [8]", "clean": "bool [8]", "active": "int64 [8]", "dead": "bool [8]",
	}
	for key, a := range all {
		if got := fmt.Sprint(a.Type(), " ", a.Shape); got != want[key] {
			t.Errorf("%s: %s, want %q", key, got, want[key])
		}
	}
	if len(all) != len(want) {
		t.Errorf("%d arrays, want %d", len(all), len(want))
	}
	power := all["power"].Data.([]float32)
	for n := range 8 {
		if sum := power[2*n] + power[2*n+1]; sum < 0.9999 || sum > 1.0001 {
			t.Errorf("power of neuron %d sums to %v", n, sum)
		}
	}
	report, names := keys(t, works(t, "features", "--run", fittedRun(t), "--out", out, "--json"))
	equal(t, "features --json", names, "out", "neurons", "rotations", "features", "clean_fraction", "active_mean", "dead", "dead_because", "counts", "used", "sign_share")
	counted := 0.0
	for _, n := range report["counts"].([]any) {
		counted += n.(float64)
	}
	if dead := len(report["dead"].([]any)); counted+float64(dead) != 8 {
		t.Errorf("%v neurons in groups, %d without weights, of 8", counted, dead)
	}
}

// Figures of a run, and beside those of a control; of one of another recording there are none.
func TestFeatureFigures(t *testing.T) {
	if testing.Short() {
		t.Skip("fits a control and draws every figure")
	}
	run, control := fittedRun(t), filepath.Join(t.TempDir(), "control")
	works(t, "fit", "--data", recording, "--config", config(), "--set", "readout.kind=dense", "--set", "readout.sparsity=0.02", "--out", control)
	names := namesOf(report.DrawnBy(report.VerbFeatures))
	out := filepath.Join(t.TempDir(), "f.npz")
	drawn := func(args ...string) (files []string) {
		dir := t.TempDir()
		stdout := works(t, append([]string{"features", "--run", run, "--out", out, "--figures", dir}, args...)...)
		paths, err := filepath.Glob(filepath.Join(dir, "*.png"))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range paths {
			if !strings.Contains(stdout, p+"\n") {
				t.Errorf("%s is not listed in %q", p, stdout)
			}
			files = append(files, strings.TrimSuffix(filepath.Base(p), ".png"))
		}
		return files
	}
	equal(t, "figures", drawn(), names...)
	equal(t, "figures with a control", drawn("--control", control), append(names, "feature_use_2")...)
	other := filepath.Join(t.TempDir(), "other")
	works(t, "fit", "--data", recording+"&seed=5", "--config", config(), "--out", other)
	fails(t, failed, []string{"features", "--run", run, "--out", out, "--figures", t.TempDir(), "--control", other}, "--control", "fits of the same recording")
	fails(t, wrongUse, []string{"features", "--run", run, "--out", out, "--control", control}, "--control", "with --figures only")
}

// strengthened is a copy of the shared run whose neurons have strengths of their own and types.
func strengthened(t *testing.T) string {
	t.Helper()
	run := copied(t)
	file, config := filepath.Join(run, "best", "weights.npz"), filepath.Join(run, "config.yaml")
	all, err := array.ReadNPZ(file)
	if err != nil {
		t.Fatal(err)
	}
	all["readout/log_strengths"] = array.New([]float32{3, 2, 1, 0, 0, -1, -2, -3})
	all["readout/types"] = array.New([]float32{0, 1, 0, 2, -1, 0, 1, 2})
	all["readout/types/pull"] = array.New(make([]float32, 8))
	all["readout/types/targets"] = array.New(make([]float32, 8*8), 8, 8)
	if err := array.WriteNPZ(file, all); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "\nreadout:\n", "\nreadout:\n  adaptive: true\n  types:\n    weight: 0.1\n", 1)
	if err := os.WriteFile(config, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	return run
}

// The strengths of neurons, of geometric mean 1, and their types are among the arrays.
func TestFeaturesHaveStrengthsAndTypes(t *testing.T) {
	out := filepath.Join(t.TempDir(), "f.npz")
	works(t, "features", "--run", strengthened(t), "--out", out)
	all, err := array.ReadNPZ(out)
	if err != nil {
		t.Fatal(err)
	}
	s := all["strength"].Data.([]float64)
	if len(s) != 8 || s[3] != 1 || math.Abs(s[0]-math.Exp(3)) > 1e-9 || math.Abs(s[0]*s[7]-1) > 1e-9 {
		t.Errorf("strengths %v, want e^3 of the first and its inverse of the last", s)
	}
	if types := all["types"].Data.([]int64); !slices.Equal(types, []int64{0, 1, 0, 2, -1, 0, 1, 2}) {
		t.Errorf("types %v", types)
	}
}
