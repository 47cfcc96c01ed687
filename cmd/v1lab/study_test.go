package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// studied is a study of one part, then of two, that tests share and leave as it is: the folder, and what the two commands said.
var studied = sync.OnceValues(func() (dir string, said [2]answer) {
	dir = filepath.Join(scratch, "toy study")
	args := []string{"study", "--scale", "toy", "--seeds", "1", "--out", dir}
	for i, more := range [][]string{{"--what", "sparsity"}, {"--what", "efficiency,sparsity", "--json"}} {
		said[i].status, said[i].stdout, said[i].stderr = v1lab(append(args, more...)...)
	}
	return dir, said
})

// answer is what a command said.
type answer struct {
	status         int
	stdout, stderr string
}

// What is there is kept. The page has every table, the folder every figure.
func TestStudy(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a study")
	}
	dir, said := studied()
	args := []string{"study", "--scale", "toy", "--seeds", "1", "--out", dir}
	status, stdout, stderr := said[0].status, said[0].stdout, said[0].stderr
	if status != done || !strings.Contains(stdout, "active features") || strings.Count(stderr, " of 4: ") != 4 {
		t.Fatalf("status %d, %q, %q", status, stdout, stderr)
	}
	status, stdout, stderr = said[1].status, said[1].stdout, said[1].stderr
	if status != done || strings.Count(stderr, "-seed1") != 5 || !strings.Contains(stderr, "cnn-2-images0.5-seed1 (about ") {
		t.Fatalf("status %d, %q", status, stderr)
	}
	report, names := keys(t, stdout)
	equal(t, "study --json", names, "scale", "data", "second", "seeds", "fits", "seconds", "search", "performance", "efficiency", "transfer", "clusters", "sparsity", "claims")
	if report["fits"] != 9.0 || report["performance"] != nil || len(report["claims"].([]any)) != 3 {
		t.Errorf("%v", report)
	}
	page, err := os.ReadFile(filepath.Join(dir, "study.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"## The paper's claims", "## Data efficiency", "## Sparsity of the readout", "(figures/efficiency.png)"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	for _, name := range []string{"efficiency.png", "efficiency.svg"} {
		if _, err := os.Stat(filepath.Join(dir, "figures", name)); err != nil {
			t.Error(err)
		}
	}
	fails(t, failed, append(args, "--what", "sparsity", "--set", "fit.batch=8"), "equivariant-2-seed1", "another config")
	fails(t, failed, append(args, "--what", "sparsity", "--data", recording), "equivariant-2-seed1", "other data")
}

func TestStudyRefuses(t *testing.T) {
	base := []string{"study", "--out", filepath.Join(t.TempDir(), "no")}
	fails(t, wrongUse, append(base, "--scale", "large"), "--scale")
	fails(t, wrongUse, append(base, "--what", "speed"), "--what speed", "performance,efficiency,transfer,clusters,sparsity")
	fails(t, wrongUse, append(base, "--seeds", "0"), "--seeds 0")
	fails(t, wrongUse, append(base, "--set", "fit.batsh=3"), `"batch"`)
	fails(t, wrongUse, []string{"study"}, "--out")
	fails(t, wrongUse, append(base, "--data", recording, "--data", recording+"&session=1"), "--data: given 2 times", "--what animals alone")
	fails(t, wrongUse, append(base, "--what", "animals", "--data", recording, "--data", recording), "is named twice")
	fails(t, wrongUse, append(base, "--what", "animals", "--data", recording, "--data", "simulated:?seed=77"), "reads no file")
	fails(t, failed, append(base, "--what", "animals", "--data", recording), "one session", "--data for each")
}
