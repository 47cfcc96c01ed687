package webpage_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"v1lab/notebooks/webpage"
	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/experiments/sweep/sweeptest"
)

func sweepPage(t *testing.T, f *sweep.Folder, s *sweep.State) string {
	t.Helper()
	var html bytes.Buffer
	if err := webpage.WriteSweep(&html, f, s, webpage.Options{Made: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("V1LAB_TEST_PAGES"); dir != "" { // to look at
		if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "_")+".html"), html.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	outside := regexp.MustCompile(`(?:src|href)="[^"]{0,40}`)
	for _, link := range outside.FindAllString(html.String(), -1) {
		if !strings.Contains(link, `="data:`) && !strings.Contains(link, `="#`) {
			t.Errorf("the page needs %s", link)
		}
	}
	if strings.Contains(html.String(), "<script") {
		t.Error("the page has a script")
	}
	return html.String()
}

func has(t *testing.T, page string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(page, p) {
			t.Errorf("no %q on the page", p)
		}
	}
}

// A finished sweep with draws that were stopped and one that failed.
func TestSweepPage(t *testing.T) {
	spec := sweeptest.Spec(40, 2)
	spec.ASHA = true
	f := sweeptest.Make(t, spec)
	s := sweeptest.Pretend(t, f, 10_000, 4)
	page := sweepPage(t, f, s)
	has(t, page, "<h2>The best draws</h2>", `alt="parallel"`, `alt="slices"`, `alt="curves"`, `alt="work"`, "weights are not finite at step 20", "Draws that failed", "1 of 40 draws failed",
		"readout.sparsity=log(0.005,0.03)", "uniform in the logarithm", "npz:recording.npz", "All draws, the best first", "node1 4000", `download="parallel.vl.json"`, "stopped early")
	if strings.Contains(page, "not finished") {
		t.Error("a finished sweep is said not to be")
	}
}

// Without any slice, and after one.
func TestSweepPageUnderWay(t *testing.T) {
	f := sweeptest.Make(t, sweeptest.Spec(5, 2))
	for slices, want := range []string{"0 of 5 draws are over", `alt="curves"`} {
		page := sweepPage(t, f, sweeptest.Pretend(t, f, slices))
		has(t, page, "not finished", "What was assumed", want)
		if strings.Contains(page, "The best draws") {
			t.Error("there is no best draw")
		}
	}
}

// When all draws failed there is still a page that says why.
func TestSweepPageOfFailures(t *testing.T) {
	f := sweeptest.Make(t, sweeptest.Spec(3, 1))
	page := sweepPage(t, f, sweeptest.Pretend(t, f, 100, 0, 1, 2))
	has(t, page, "3 of 3 draws failed", "weights are not finite", `alt="parallel"`)
}
