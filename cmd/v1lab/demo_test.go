package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestDemoLeavesFoldersAlone(t *testing.T) {
	dir := t.TempDir()
	precious := filepath.Join(dir, "precious")
	if err := os.WriteFile(precious, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	fails(t, failed, []string{"demo", "--out", dir}, dir, "exists already", "--out "+dir+"-2")
	fails(t, failed, []string{"demo", "--out", "/sys/demo"}, "/sys/demo")
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
}

// The numbers of the last line are those that eval and cluster give for the run.
func TestDemoMeasures(t *testing.T) {
	run := fittedRun(t)
	r := demoResult{Run: run}
	if err := r.measure(t.Context(), &app{stdout: &results{w: os.Stderr}, stderr: os.Stderr}); err != nil {
		t.Fatal(err)
	}
	line, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	demo, names := keys(t, string(line)+"\n")
	equal(t, "demo --json", names, "test_corr", "ceiling", "fraction_of_ceiling", "ari_truth", "seconds", "run", "notebook", "html")
	eval, _ := keys(t, works(t, "eval", "--run", run, "--json"))
	cluster, _ := keys(t, works(t, "cluster", "--run", run, "--json"))
	for _, name := range names {
		other, ok := eval[name]
		if !ok {
			other, ok = cluster[name]
		}
		if ok && demo[name] != other {
			t.Errorf("%s: %v, of eval and cluster %v", name, demo[name], other)
		}
	}
	if !slices.Contains(names, "ari_truth") || demo["ari_truth"] == nil {
		t.Error("no ari_truth")
	}
}
