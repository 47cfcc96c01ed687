package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// doctor reads all runs in a folder and names the file that changed.
func TestDoctorReadsRuns(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a", "b/c"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(fittedRun(t))); err != nil {
			t.Fatal(err)
		}
	}
	var runs []examinedRun
	if err := json.Unmarshal([]byte(works(t, "doctor", "--runs", dir, "--read-data", "--json")), &runs); err != nil {
		t.Fatal(err)
	}
	if len(runs) != 2 || !runs[0].OK || !runs[1].Finished || runs[1].Compared < 6 || runs[1].Arrays < 10 {
		t.Errorf("%+v", runs)
	}
	damaged := filepath.Join(dir, "b", "c", "metrics.jsonl")
	text, err := os.ReadFile(damaged)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(damaged, []byte(strings.Replace(string(text), "1", "2", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := v1lab("doctor", "--runs", dir, "--read-data")
	if status != failed || !strings.Contains(stderr, "1 of 2 runs have changed") || !strings.Contains(stdout, damaged+": changed since the fit ended") {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
	fails(t, failed, []string{"eval", "--run", damage(t, dir)}, "config.yaml: changed since the fit ended", "for other settings make another fit")
	fails(t, failed, []string{"doctor", "--runs", t.TempDir(), "--read-data"}, "no run folder there")
	fails(t, wrongUse, []string{"doctor", "--runs", dir}, "--read-data")
	fails(t, wrongUse, []string{"doctor", "--read-data"}, "--runs")
}

// damage changes a setting of a run as a person would.
func damage(t *testing.T, dir string) (run string) {
	t.Helper()
	run = filepath.Join(dir, "a")
	path := filepath.Join(run, "config.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), "batch: ", "batch: 1", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return run
}
