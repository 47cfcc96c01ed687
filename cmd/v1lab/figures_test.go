package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/notebooks/report"
)

func TestFigures(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "figures")
	stdout := works(t, "figures", "--run", fittedRun(t), "--out", dir)
	for _, name := range namesOf(report.DrawnBy(report.VerbFigures)) {
		for ext, magic := range map[string]string{".png": "\x89PNG", ".svg": "<?xml"} {
			path := filepath.Join(dir, name+ext)
			content, err := os.ReadFile(path)
			if err != nil || !strings.HasPrefix(string(content), magic) {
				t.Errorf("%s: %v, begins with %.8q", path, err, content)
			}
			if !strings.Contains(stdout, path+"\n") {
				t.Errorf("%s is not listed in\n%s", path, stdout)
			}
		}
	}
}

// namesOf are the names of figures, but for those of several readouts, that of covariates and those of several sessions.
func namesOf(entries []report.Entry) (names []string) {
	for _, e := range entries {
		if !strings.HasPrefix(e.Name, "feature_use_") && e.Name != "behaviour" && !strings.HasPrefix(e.Name, "session_") {
			names = append(names, e.Name)
		}
	}
	return names
}

func TestFiguresWithoutData(t *testing.T) {
	dir := t.TempDir()
	status, stdout, stderr := v1lab("figures", "--run", lost(t), "--out", dir)
	if status != done || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "/nowhere.npz") {
		t.Errorf("status %d, %q", status, stderr)
	}
	if !strings.Contains(stdout, "loss.png") || strings.Contains(stdout, "images.png") {
		t.Errorf("%s", stdout)
	}
}
