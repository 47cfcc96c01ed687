package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// One protocol over recordings: the page, the numbers and the figure, and nothing is made twice.
func TestStudyOfRecordings(t *testing.T) {
	if testing.Short() {
		t.Skip("fits models")
	}
	dir := filepath.Join(t.TempDir(), "sessions")
	args := []string{
		"study", "--recordings", recording, "--presets", "quickstart-cnn32", "--seeds", "1", "--out", dir, "--json",
		"--set", "readout.sparsity=0.01", "--set", "core.filter_sizes=5", "--set", "core.features=2", "--set", "core.strides=1", "--set", "core.padding=valid",
		"--set", "core.activations=softplus", "--set", "core.smoothness_rel=1", "--set", "core.sparsity_rel=1", "--set", "fit.batch=20", "--set", "fit.validate_every=1", "--set", "fit.max_steps=1",
	}
	status, stdout, stderr := v1lab(args...)
	if status != done || strings.Count(stderr, "-seed1") != 1 {
		t.Fatalf("status %d, %q", status, stderr)
	}
	r, names := keys(t, stdout)
	equal(t, "study --recordings --json", names, "models", "search", "seeds", "fits", "seconds", "recordings", "joint", "left")
	if r["fits"] != 1.0 || r["left"] != 0.0 || len(r["recordings"].([]any)) != 1 {
		t.Errorf("%v", r)
	}
	for _, name := range []string{"sessions.md", "sessions.json", "figures/sessions.png", "figures/sessions.svg"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	status, stdout, stderr = v1lab(slices.DeleteFunc(args, func(s string) bool { return s == "--json" })...)
	if status != done || !strings.Contains(stdout, "Test correlation\n") || !strings.Contains(stdout, "minutes in them; this call took ") || !strings.Contains(stderr, "is over") {
		t.Errorf("again: status %d, %q, %q", status, stdout, stderr)
	}
}

func TestStudyOfRecordingsRefuses(t *testing.T) {
	base := []string{"study", "--out", filepath.Join(t.TempDir(), "no")}
	with := func(args ...string) []string { return append(slices.Clone(base), args...) }
	fails(t, wrongUse, with("--recordings", "simulated:", "--scale", "cpu"), "--scale has no effect with --recordings")
	fails(t, wrongUse, with("--recordings", "simulated:", "--data", "simulated:"), "--data has no effect with --recordings")
	fails(t, wrongUse, with("--search", "1"), "--search has no effect without --recordings")
	fails(t, wrongUse, with("--presets", "quickstart"), "--presets has no effect without --recordings")
	fails(t, wrongUse, with("--recordings", "simulated:", "--presets", "nothing"), "--presets", "nothing")
	fails(t, wrongUse, with("--recordings", "simulated:", "--presets", "quickstart,quickstart"), "quickstart is named twice")
	fails(t, wrongUse, with("--recordings", "simulated:", "--search", "1,1"), "--search 1")
	fails(t, wrongUse, with("--recordings", "simulated:", "--search", "1,2", "--set", "readout.sparsity=3"), "--search and --set readout.sparsity")
	fails(t, wrongUse, with("--recordings", "simulated:", "--set", "fit.seed=2"), "fit.seed 2")
	fails(t, wrongUse, with("--recordings", "monday.npz"), `--recordings: data "monday.npz"`)
	fails(t, wrongUse, with("--recordings", "excel:a.xls"), `unknown scheme "excel"`)
	fails(t, wrongUse, with("--recordings", "simulated:?seed=1,simulated:?seed=1"), "is named twice")
	fails(t, failed, with("--recordings", "simulated:?neurons=4,npz:/nowhere.npz"), "/nowhere.npz")
}

// A comma ends a name only where another name begins.
func TestSplitSpecs(t *testing.T) {
	got, err := splitSpecs([]string{"npz:/a.npz?neurons=0-3,7,id:9,npz:/b.npz", "sensorium:/x.zip,y.zip,simulated:?types=a,b"})
	dir, wdErr := os.Getwd()
	if wdErr != nil {
		t.Fatal(wdErr)
	}
	want := []string{"npz:/a.npz?neurons=0-3,7,id:9", "npz:/b.npz", "sensorium:/x.zip," + filepath.Join(dir, "y.zip"), "simulated:?types=a,b"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}
