package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/experiments/sweep/sweeptest"
	"v1lab/v1model/runfolder"
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
	fails(t, wrongUse, run("--space", "fit.batch=int(1,2)", "--min-steps", "5"), "min_steps: 5, accepted with asha alone")
	fails(t, wrongUse, run("--space", "fit.batch=int(1,2)", "--asha", "--min-steps", "1000"), "first", "1000")
	fails(t, wrongUse, run("--space", "fit.batch=int(1,2)", "--search", "magic"), "magic", "random, sobol")
	fails(t, wrongUse, run("--space", "fit.batch=int(1,2)", "--queue", "redis://x"), "redis://x", "postgres://")
	fails(t, failed, run("--space-file", filepath.Join(t.TempDir(), "none.yaml")), "--space-file", "none.yaml")
	for _, verb := range []string{"work", "status", "best", "report", "stop", "retry"} {
		fails(t, failed, []string{"sweep", verb, "--out", t.TempDir()}, "is no sweep")
	}
	fails(t, failed, []string{"sweep", "import", "--out", t.TempDir(), "--run", "x"}, "is no sweep")
	fails(t, failed, []string{"sweep", "slurm", "--out", t.TempDir()}, "is no sweep")
	fails(t, failed, []string{"sweep", "kubernetes", "--out", t.TempDir(), "--image", "i", "--claim", "c"}, "is no sweep")
	if _, err := os.Stat(out); err == nil {
		t.Error("mistakes left a folder")
	}
}

// A folder holds one sweep, of one version, and nothing else; a queue that is not there is named. Nothing of the sweep is lost.
func TestSweepFolderMistakes(t *testing.T) {
	f := sweeptest.Make(t, sweeptest.Spec(3, 1))
	sweeptest.Pretend(t, f, 2)
	want := works(t, "sweep", "status", "--out", f.Path, "--json")
	fails(t, failed, []string{"sweep", "run", "--out", f.Path, "--search", "tpe", "--draws", "2"}, "holds another sweep", "--search tpe, the sweep there has random", "--draws 2, the sweep there has 3")
	fails(t, failed, []string{"sweep", "run", "--out", f.Path, "--queue", "postgres://nobody:secret@127.0.0.1:1/none", "--workers", "1"}, "queue", "127.0.0.1:1")
	fails(t, failed, []string{"compare", "--data", recording, "--presets", config(), "--workers", "2", "--out", f.Path}, "holds a sweep of a space")
	other := t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "notes.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	fails(t, failed, []string{"sweep", "run", "--data", recording, "--config", config(), "--space", "fit.batch=int(1,2)", "--out", other}, "there is notes.txt, and no sweep.yaml")
	if got := works(t, "sweep", "status", "--out", f.Path, "--json"); got != want {
		t.Errorf("the sweep has changed: %s, before %s", got, want)
	}
	file := filepath.Join(f.Path, "sweep.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for written, said := range map[string]string{
		strings.Replace(string(text), "version: 1", "version: 0", 1):      "version: found 0, accepted: 1; use the program that wrote it",
		strings.Replace(string(text), "version: 1", "version: 2", 1):      "version: found 2, accepted: 1; use the program that wrote it",
		strings.Replace(string(text), "version: 1\n", "", 1):              "version: missing",
		strings.Replace(string(text), "search:", "serach:", 1):            "serach",
		strings.Replace(string(text), "log(0.005,0.03)", "log(0,1)", 1):   "no logarithm",
		strings.Replace(string(text), "readout.sparsity", "readout.x", 1): "readout.x",
		string(text[:len(text)/3]):                                        file,
	} {
		if err := os.WriteFile(file, []byte(written), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, verb := range []string{"run", "work", "status", "best", "report", "stop", "retry", "slurm"} {
			fails(t, failed, []string{"sweep", verb, "--out", f.Path}, said)
		}
		fails(t, failed, []string{"sweep", "import", "--out", f.Path, "--run", "x"}, said)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if got := works(t, "sweep", "status", "--out", f.Path, "--json"); got != want {
		t.Errorf("put back, the sweep has changed: %s, before %s", got, want)
	}
}

// A run of before is the best draw as long as it is the only one, and is taken once.
func TestSweepImport(t *testing.T) {
	out := filepath.Join(t.TempDir(), "sweep")
	works(t, "sweep", "run", "--prepare", "--data", recording, "--config", config(), "--space", "readout.sparsity=log(0.001,1)", "--draws", "2", "--out", out)
	imported := []string{"sweep", "import", "--out", out, "--run", fittedRun(t)}
	if said := works(t, imported...); !strings.Contains(said, "-1") {
		t.Errorf("import says %q", said)
	}
	if said := works(t, imported...); !strings.Contains(said, "these runs are there already") {
		t.Errorf("a second time it says %q", said)
	}
	run, err := runfolder.Open(fittedRun(t))
	if err != nil {
		t.Fatal(err)
	}
	result, _, err := run.Result()
	if err != nil {
		t.Fatal(err)
	}
	var best struct {
		Number  int
		ValLoss float64 `json:"val_loss"`
		Runs    []string
	}
	if text := works(t, "sweep", "best", "--out", out, "--json"); json.Unmarshal([]byte(text), &best) != nil || best.Number != -1 || best.ValLoss != float64(result.ValLoss) || len(best.Runs) != 1 {
		t.Errorf("best is %s, the run's validation loss %g", text, result.ValLoss)
	}
}

// Runs that can't be taken are named, and nothing is taken.
func TestSweepImportRefuses(t *testing.T) {
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

// The first rung is where it was asked for, and stays there.
func TestSweepFirstRung(t *testing.T) {
	out := filepath.Join(t.TempDir(), "sweep")
	run := []string{"sweep", "run", "--prepare", "--data", recording, "--config", config(), "--space", "readout.sparsity=log(0.001,1)", "--asha", "--min-steps", "10", "--out", out}
	works(t, run...)
	if f, err := sweep.Open(out); err != nil || f.Spec.MinSteps != 10 {
		t.Errorf("%v: first rung at %d steps", err, f.Spec.MinSteps)
	}
	run[len(run)-3] = "15"
	fails(t, failed, run, "--min-steps 15, the sweep there has 10")
}
