package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The second call adds a seed and keeps what is there.
func TestCompare(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "all")
	args := []string{"compare", "--data", recording, "--presets", "quickstart,quickstart-cnn32", "--out", dir, "--set", "core.features=2,2,2", "--set", "core.filter_sizes=5,3,3",
		"--set", "fit.batch=20", "--set", "fit.validate_every=3", "--set", "fit.max_steps=6"}
	table := works(t, args...)
	for _, want := range []string{"model ", "quickstart-cnn32 ", "ceiling ", "comparison.png", "comparison.svg"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	status, stdout, stderr := v1lab(append(args, "--seeds", "2", "--json")...)
	if status != done || strings.Count(stderr, " is over\n") != 2 || strings.Count(stderr, "-seed2\n") != 2 {
		t.Fatalf("status %d, %q", status, stderr)
	}
	report, names := keys(t, stdout)
	equal(t, "compare --json", names, "data", "seeds", "ceiling", "models")
	for i, maps := range []float64{16, 2} {
		row := report["models"].([]any)[i].(map[string]any)
		if row["maps"] != maps || len(row["fits"].([]any)) != 2 || row["test_corr_sd"] == nil || row["best"].(map[string]any)["val_loss"] == nil {
			t.Errorf("%v", row)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "comparison.png")); err != nil {
		t.Error(err)
	}
	fails(t, failed, append(args, "--set", "fit.batch=10"), "quickstart-seed1", "another config")
}

// A model may be a file with its own first seed; a fit that diverges is marked, and the others are made.
func TestCompareFilesAndDivergedFits(t *testing.T) {
	dir := t.TempDir()
	wild := filepath.Join(dir, "wild.yaml")
	text := "preset: quickstart\ncore: {features: [2, 2, 2], filter_sizes: [5, 3, 3]}\nfit: {seed: 7, learning_rate: 1e300, batch: 20, validate_every: 3, max_steps: 6}\n"
	if err := os.WriteFile(wild, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "all")
	args := []string{"compare", "--data", recording, "--out", out, "--set", "core.features=2,2,2", "--set", "core.filter_sizes=5,3,3",
		"--set", "fit.batch=20", "--set", "fit.validate_every=3", "--set", "fit.max_steps=6", "--presets"}
	status, stdout, stderr := v1lab(append(args, wild+",quickstart")...)
	if status != done || !strings.Contains(stdout, "wild (1 of 1 diverged) ") || !strings.Contains(stderr, "warning: "+filepath.Join(out, "wild-seed7")+": the fit diverged: ") {
		t.Errorf("status %d, %q, %q", status, stdout, stderr)
	}
	status, stdout, stderr = v1lab(append(args, wild+",quickstart", "--json")...)
	report, _ := keys(t, stdout)
	rows := report["models"].([]any)
	fit := rows[0].(map[string]any)["fits"].([]any)[0].(map[string]any)
	if status != done || fit["diverged"] == nil || fit["val_loss"] != nil || fit["seed"] != 7.0 || rows[1].(map[string]any)["test_corr_mean"] == nil || report["ceiling"] == nil {
		t.Errorf("status %d, %v, %q", status, report, stderr)
	}
	if status, _, stderr := v1lab(append(args, wild)...); status != failed || !strings.Contains(stderr, "\nv1lab compare: all 1 fits diverged; the first: the fit diverged: ") {
		t.Errorf("status %d, %q", status, stderr)
	}
}

func TestCompareRefuses(t *testing.T) {
	out := filepath.Join(t.TempDir(), "all")
	base := []string{"compare", "--data", recording, "--out", out, "--presets"}
	fails(t, wrongUse, append(base, "quickstart,quickstrat"), "--presets", "quickstrat", "accepted: ecker2019-n8")
	fails(t, wrongUse, append(base, "quickstart,quickstart@1"), "named twice")
	fails(t, wrongUse, append(base, "quickstart", "--seeds", "0"), "--seeds 0")
	fails(t, wrongUse, append(base, "quickstart", "--set", "fit.batsh=3"), `"batch"`)
	fails(t, failed, append(base, "quickstart,ecker2019-n16", "--set", "core.padding=valid,valid,valid"), "ecker2019-n16", "core.filter_sizes")
	if _, err := os.Stat(out); err == nil {
		t.Error("a folder was made")
	}
}
