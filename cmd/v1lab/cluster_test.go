package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCluster(t *testing.T) {
	run := fittedRun(t)
	report, names := keys(t, works(t, "cluster", "--run", run, "--k", "3", "--json"))
	equal(t, "cluster --json", names, "k", "labels", "sizes", "silhouette", "ari_truth")
	if report["k"] != 3.0 || len(report["labels"].([]any)) != 8 || len(report["sizes"].([]any)) != 3 {
		t.Errorf("%v", report)
	}
	report, names = keys(t, works(t, "cluster", "--run", run, "--run", run, "--run", run, "--json"))
	equal(t, "of several runs", names, "k", "labels", "sizes", "silhouette", "ari_truth", "stability")
	if s := report["stability"].(map[string]any); s["ari_mean"] != 1.0 || s["ari_sd"] != 0.0 || s["runs"] != 3.0 {
		t.Errorf("stability of equal runs: %v", s)
	}
	if text := works(t, "cluster", "--run", run, "--run", run); !strings.Contains(text, "agreement of 2 runs: adjusted Rand index 1, SD -") {
		t.Errorf("%s", text)
	}
	fails(t, failed, []string{"cluster", "--run", run, "--k", "9"}, run, "9")
}

// lost is a run whose data are not to be found any more.
func lost(t *testing.T) string {
	t.Helper()
	run := copied(t)
	file := filepath.Join(run, "dataset.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), `"spec": "simulated:`, `"spec": "npz:/nowhere.npz`, 1)
	if err := os.WriteFile(file, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	return run
}

func TestClusterWithoutData(t *testing.T) {
	status, stdout, stderr := v1lab("cluster", "--run", lost(t), "--json")
	if status != done || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "warning: ") || !strings.Contains(stderr, "/nowhere.npz") {
		t.Errorf("status %d, %q", status, stderr)
	}
	_, names := keys(t, stdout)
	equal(t, "without data", names, "k", "labels", "sizes", "silhouette")
}
