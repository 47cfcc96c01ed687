package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"v1lab/v1model/experiments/sweep/sweeptest"
)

// What cannot be done is said in one line.
func TestSweepMistakes(t *testing.T) {
	out := filepath.Join(t.TempDir(), "sweep")
	run := func(more ...string) []string {
		return append([]string{"sweep", "run", "--data", recording, "--config", config(), "--out", out}, more...)
	}
	fails(t, wrongUse, run(), "--space=KEY=RANGE")
	fails(t, wrongUse, []string{"sweep", "run", "--space", "fit.batch=int(1,2)", "--out", out}, "--data=SPEC")
	fails(t, wrongUse, run("--space", "readout.sparsty=log(1e-3,1)"), "readout.sparsty: unknown key, did you mean \"sparsity\"?")
	fails(t, wrongUse, run("--space", "readout.sparsity=log(0,1)"), "log(0,1)", "above 0")
	fails(t, wrongUse, run("--space", "readout.sparsity=lin(1,1)"), "one value")
	fails(t, wrongUse, run("--space", "readout.sparsity=lin(2,1)"), "empty")
	fails(t, wrongUse, run("--space", "readout.sparsity=3"), "is no range")
	fails(t, wrongUse, run("--space", "fit.batch=int(1,2)", "--draws=-1"), "--draws -1")
	fails(t, wrongUse, run("--space", "fit.batch=int(1,2)", "--search", "magic"), "magic", "random, sobol")
	fails(t, wrongUse, run("--space", "fit.batch=int(1,2)", "--queue", "redis://x"), "redis://x", "postgres://")
	fails(t, failed, run("--space-file", filepath.Join(t.TempDir(), "none.yaml")), "--space-file", "none.yaml")
	for _, verb := range []string{"work", "status", "best", "report", "stop", "retry"} {
		fails(t, failed, []string{"sweep", verb, "--out", t.TempDir()}, "is no sweep")
	}
	fails(t, failed, []string{"sweep", "import", "--out", t.TempDir(), "--run", "x"}, "is no sweep")
	if _, err := os.Stat(out); err == nil {
		t.Error("mistakes left a folder")
	}
}

// Runs that can't be taken are named, and nothing is taken.
func TestSweepImport(t *testing.T) {
	f := sweeptest.Make(t, sweeptest.Spec(6, 2))
	fails(t, wrongUse, []string{"sweep", "import", "--out", f.Path}, "--run")
	fails(t, failed, []string{"sweep", "import", "--out", f.Path, "--run", filepath.Join(f.Path, "none")}, "--run: run ", "in the sweep's folder")
	fails(t, failed, []string{"sweep", "import", "--out", f.Path, "--run", fittedRun(t)}, "fitted to other data", "npz:recording.npz")
	if said := works(t, "sweep", "status", "--out", f.Path); strings.Contains(said, "imported") {
		t.Error(said)
	}
}

// The page is written where it is asked for, and numbers on the terminal have few digits.
func TestSweepReport(t *testing.T) {
	f := sweeptest.Make(t, sweeptest.Spec(6, 2))
	sweeptest.Pretend(t, f, 100, 2)
	if said := works(t, "sweep", "report", "--out", f.Path); strings.TrimSpace(said) != filepath.Join(f.Path, "report.html") {
		t.Errorf("it says %q", said)
	}
	other := filepath.Join(t.TempDir(), "pages", "one.html")
	works(t, "sweep", "report", "--out", f.Path, "--html", other, "--title", "Mine & <yours>")
	page, err := os.ReadFile(other)
	if err != nil || !strings.Contains(string(page), "<h1>Mine &amp; &lt;yours&gt;</h1>") || !strings.Contains(string(page), "weights are not finite at step 20") {
		t.Errorf("%v: %.300s", err, page)
	}
	fails(t, failed, []string{"sweep", "report", "--out", f.Path, "--html", filepath.Join(other, "page.html")}, "--html", "one.html")
	for _, verb := range []string{"status", "best"} {
		if long := regexp.MustCompile(`\d*\.0*[1-9]\d{6,}`).FindString(works(t, "sweep", verb, "--out", f.Path)); long != "" {
			t.Errorf("sweep %s prints %s", verb, long)
		}
	}
	if exact := works(t, "sweep", "status", "--out", f.Path, "--json"); !regexp.MustCompile(`"fit.learning_rate":\s*0\.\d{12,}`).MatchString(exact) {
		t.Errorf("JSON has rounded values: %.500s", exact)
	}
}
