package main

import (
	"encoding/base64"
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/notebooks/report"
	"v1lab/v1model/readout"
)

// pageOf runs v1lab report and returns the page, which must need nothing else.
func pageOf(t *testing.T, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "new", "page")
	stdout := works(t, append([]string{"report", "--out", dir}, args...)...)
	if stdout != filepath.Join(dir, "index.html")+"\n" {
		t.Errorf("%q", stdout)
	}
	text, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, m := range regexp.MustCompile(`(?i)\b(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !strings.HasPrefix(m[1], "data:") && !strings.HasPrefix(m[1], "#") {
			t.Errorf("the page refers to %q", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`(?i)<script|<link|<iframe|@import|url\(|\son[a-z]+=|>[^<]*\bnan\b|ZgotmplZ`).FindAllString(page, -1) {
		t.Errorf("%q in the page", m)
	}
	return page
}

// holds checks that a page has figures, each once for each run, and texts.
func holds(t *testing.T, page string, figures []string, times int, texts ...string) {
	t.Helper()
	for _, name := range figures {
		if n := strings.Count(page, `<img alt="`+name+`"`); n != times {
			t.Errorf("figure %s: %d times, want %d", name, n, times)
		}
	}
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("no %q in the page", text)
		}
	}
}

// Figures of the catalogue: of experiments that the run folder keeps, of several fits, and all others, which every run with repeats and a truth has.
var (
	keptFigures = catalogued(func(e report.Entry) bool {
		return e.Section == report.SectionTuning || slices.ContainsFunc(e.Verbs, func(verb string) bool {
			return slices.Contains([]string{report.VerbMEI, report.VerbInhibiting, report.VerbDiverse, report.VerbDiscriminate}, verb)
		})
	})
	fitsFigures = catalogued(func(e report.Entry) bool { return e.Section == report.SectionFits })
	allFigures  = catalogued(func(e report.Entry) bool {
		return !slices.Contains(keptFigures, e.Name) && !slices.Contains(fitsFigures, e.Name)
	})
)

func catalogued(which func(report.Entry) bool) []string {
	return namesOf(slices.DeleteFunc(report.Catalogue(), func(e report.Entry) bool { return !which(e) }))
}

func TestReport(t *testing.T) {
	run := copied(t)
	kept := filepath.Join(run, "figures", "receptive_fields.svg")
	if err := os.WriteFile(kept, []byte(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>`), 0o644); err != nil {
		t.Fatal(err)
	}
	page := pageOf(t, "--run", run, "--title", `<script>1</script> & "us"`)
	holds(t, page, keptFigures, 0)
	holds(t, page, allFigures, 1, "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciIHdpZHRoPSI5IiBoZWlnaHQ9IjkiLz4", // the one that is kept
		"v1lab mei --run RUN --out RUN/insilico/mei.npz finds them and stores them in the run folder", "<h4>Methods of clustering</h4>", "equivariance error", "<th>fitted by</th>", "<th>plugin of the fit</th>", "<td>gmm</td><td>bic</td>",
		"<h1>&lt;script&gt;1&lt;/script&gt; &amp; &#34;us&#34;</h1>", "simulated:?neurons=8&amp;images=60", "quickstart@1", "filter_sizes:", "sim0003", "fit ended", "60 training, 30 validation, 20 test",
		"<th>fingerprint</th>", "v1lab fit --data &#39;simulated:?neurons=8")
	link := regexp.MustCompile(`href="data:text/csv;charset=utf-8;base64,([^"]*)"`).FindStringSubmatch(page)
	if link == nil {
		t.Fatal("no table of neurons to save")
	}
	text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(link[1], "&#43;", "+"))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil || len(rows) != 9 || rows[0][1] != "test corr." || len(rows[0]) != 16 || strings.Contains(string(text), "\u2212") {
		t.Errorf("%v, %d rows: %s", err, len(rows), text)
	}
}

// What experiments left in RUN/insilico is shown: most exciting images of any neurons, exemplars once they all have theirs, tuning beside the truth. What is of
// other weights is not.
func TestReportOfExperiments(t *testing.T) {
	if testing.Short() {
		t.Skip("one page is enough")
	}
	run := copied(t)
	works(t, "mei", "--run", run, "--images", "2", "--steps", "3", "--neurons", "0-5", "--out", filepath.Join(run, "insilico", "mei.npz"))
	works(t, "mei", "--run", run, "--images", "1", "--steps", "3", "--neurons", "4-7", "--out", filepath.Join(run, "insilico", "more.npz"))
	works(t, "tune", "--run", run, "--neurons", "0-2", "--x", "7:9", "--y", "7:8", "--out", filepath.Join(run, "insilico", "tuning.npz"))
	works(t, "mei", "--run", run, "--images", "1", "--steps", "3", "--neurons", "4-7", "--inhibiting", "--out", filepath.Join(run, "insilico", "inhibiting.npz"))
	works(t, "mei", "--run", run, "--images", "2", "--steps", "3", "--neurons", "4-7", "--diverse", "--out", filepath.Join(run, "insilico", "diverse.npz"))
	works(t, "discriminate", "--run", run, "--k", "2", "--images", "1", "--steps", "3", "--figures", filepath.Join(run, "figures"))
	page := pageOf(t, "--run", run)
	holds(t, page, slices.Concat(keptFigures, allFigures), 1, "<h4>Tuning, medians</h4>", "<th>within 7.5")
	if strings.Contains(page, "RUN/insilico") {
		t.Error("the page says that something is missing")
	}
	other := copied(t)
	path := filepath.Join(other, "best", "weights.npz")
	w, err := array.ReadNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	w[readout.Biases].Data.([]float32)[0]++
	if err := array.WriteNPZ(path, w); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(other, "insilico"), os.DirFS(filepath.Join(run, "insilico"))); err != nil {
		t.Fatal(err)
	}
	holds(t, pageOf(t, "--run", other), keptFigures, 0)
	damaged := filepath.Join(run, "insilico", "mei.npz")
	cut(t, damaged, 0.5)
	fails(t, failed, []string{"report", "--run", run, "--out", t.TempDir()}, damaged, "remove the file to compute it anew")
}

// The page of a study needs its folder's study.json alone.
func TestReportOfAStudy(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a study")
	}
	dir, _ := studied()
	alone := filepath.Join(t.TempDir(), "alone")
	if err := os.Mkdir(alone, 0o755); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "study.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(alone, "study.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	page := pageOf(t, "--study", alone)
	holds(t, page, []string{"efficiency"}, 1, "<h1>alone</h1>", "<h2>The paper&#39;s claims</h2>", "better data efficiency", "<h2>Data efficiency</h2>", "<h2>Sparsity of the readout</h2>", "<th>scale</th>")
	empty := t.TempDir()
	fails(t, failed, []string{"report", "--study", empty, "--out", t.TempDir()}, empty, "no study.json there")
	for content, want := range map[string]string{"{": "study.json", `{"version": 99}`: "version 99", `{"version": 1}`: "no report in it"} {
		if err := os.WriteFile(filepath.Join(empty, "study.json"), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		fails(t, failed, []string{"report", "--study", empty, "--out", t.TempDir()}, want)
	}
	fails(t, wrongUse, []string{"report", "--study", alone, "--run", fittedRun(t), "--out", empty}, "--run, --study", "one or more runs, or one study")
	fails(t, wrongUse, []string{"report", "--out", empty}, "--run, --study")
	fails(t, wrongUse, []string{"report", "--study", alone, "--browse", "--out", empty}, "--browse")
}

// Fits of one recording are compared and their cell types matched.
func TestReportOfSeveralRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("one page is enough")
	}
	second := filepath.Join(t.TempDir(), "fitted-seed2")
	works(t, "fit", "--data", recording, "--config", config(), "--seed", "2", "--out", second)
	page := pageOf(t, "--run", fittedRun(t), "--run", second)
	holds(t, page, allFigures, 2, `<a href="#run-2">fitted-seed2</a>`, "Stability of the cell types", "mean over pairs of 2 fits", "<td>quickstart@1</td>", "\u00b1")
	holds(t, page, fitsFigures, 1)
}

// Fits of several recordings stand apart.
func TestReportOfSeveralRecordings(t *testing.T) {
	if testing.Short() {
		t.Skip("one page is enough")
	}
	other := filepath.Join(t.TempDir(), "other")
	works(t, "fit", "--data", recording+"&seed=5", "--core-from", fittedRun(t), "--out", other)
	page := pageOf(t, "--run", fittedRun(t), "--run", other)
	holds(t, page, fitsFigures, 0, "These fits are of 2 recordings", "Recording simulated:?neurons=8&amp;images=60", "only the readout was trained", "core taken from")
	holds(t, page, allFigures, 2)
}

func TestReportWithoutData(t *testing.T) {
	if testing.Short() {
		t.Skip("one page is enough")
	}
	dir := t.TempDir()
	status, _, stderr := v1lab("report", "--run", lost(t), "--out", dir)
	if status != done || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "/nowhere.npz") {
		t.Fatalf("status %d, %q", status, stderr)
	}
	page, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	holds(t, string(page), []string{"loss", "filters", "masks", "power", "templates", "embedding", "aligned", "weights_in_use", "receptive_fields", "exemplars"}, 1, "The recording could not be opened")
	holds(t, string(page), []string{"correlation", "ceiling", "images", "clusters"}, 0)
}

// Without repeats there is no ceiling, and nothing is made up.
func TestReportWithoutRepeats(t *testing.T) {
	if testing.Short() {
		t.Skip("one page is enough")
	}
	run := filepath.Join(t.TempDir(), "once")
	works(t, "fit", "--data", strings.Replace(recording, "repeats=4", "repeats=1", 1), "--config", config(), "--out", run)
	page := pageOf(t, "--run", run)
	holds(t, page, []string{"ceiling"}, 0, "The recording has no repeats", "ceiling \u2013")
	holds(t, page, []string{"correlation"}, 1)
}

func TestBadReport(t *testing.T) {
	run, dir := fittedRun(t), t.TempDir()
	fails(t, failed, []string{"report", "--run", scratch, "--out", dir}, scratch, "no config.yaml there")
	fails(t, wrongUse, []string{"report", "--run", run, "--run", run + "/.", "--out", dir}, "--run: ", "given twice")
	fails(t, failed, []string{"report", "--run", run, "--out", "/sys/page"}, "--out", "/sys/page")
	fails(t, wrongUse, []string{"report", "--run", run}, "--out")
	begun := copied(t)
	if err := os.RemoveAll(filepath.Join(begun, "best")); err != nil {
		t.Fatal(err)
	}
	fails(t, failed, []string{"report", "--run", begun, "--out", dir}, begun, "no weights yet")
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v", entries, err)
	}
}
