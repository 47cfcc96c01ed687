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
