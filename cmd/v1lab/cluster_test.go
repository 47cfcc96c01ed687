package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/datasets/array"
)

var clusterKeys = []string{"k", "labels", "sizes", "silhouette", "from", "method", "by", "tried", "dead", "dead_because", "shifts", "distances", "exemplars", "embedding"}

func TestCluster(t *testing.T) {
	run := fittedRun(t)
	report, names := keys(t, works(t, "cluster", "--run", run, "--k", "3", "--json"))
	equal(t, "cluster --json", names, append(clusterKeys, "ari_truth", "confusion", "types")...)
	if report["k"] != 3.0 || len(report["labels"].([]any)) != 8 || len(report["sizes"].([]any)) != 3 {
		t.Errorf("%v", report)
	}
	second, third := alike(t, 1), alike(t, 2)
	report, names = keys(t, works(t, "cluster", "--run", run, "--run", second, "--run", third, "--json"))
	equal(t, "of several runs", names, append(clusterKeys, "ari_truth", "confusion", "types", "stability", "recurrence", "consensus")...)
	if s := report["stability"].(map[string]any); s["ari_mean"] != 1.0 || s["ari_sd"] != 0.0 || s["runs"] != 3.0 || len(s["neurons"].([]any)) != 8 {
		t.Errorf("stability of equal runs: %v", s)
	}
	if text := works(t, "cluster", "--run", run, "--run", second); !strings.Contains(text, "agreement of 2 runs: adjusted Rand index 1, SD -") {
		t.Errorf("%s", text)
	}
	if r := report["recurrence"].(map[string]any); report["by"] != "stability" || r["over"] != "halves of the fits" || r["compared"] != 3.0 || r["k"] != report["k"] {
		t.Errorf("chosen by %v: %v", report["by"], r)
	}
	out := filepath.Join(t.TempDir(), "c.npz")
	text := works(t, "cluster", "--run", run, "--by", "stability", "--out", out)
	if !strings.Contains(text, "number of clusters chosen by stability\nmost clusters come back over halves of the neurons (10 comparisons) with ") || !strings.Contains(text, "  2 clusters: ") {
		t.Errorf("%s", text)
	}
	if all, err := array.ReadNPZ(out); err != nil || all["stability"].Len() != 4 {
		t.Errorf("%v, stability %v", err, all["stability"])
	}
	table := filepath.Join(t.TempDir(), "c.csv")
	text = works(t, "cluster", "--run", run, "--run", second, "--k", "2", "--out", table)
	if lines, err := os.ReadFile(table); err != nil || !strings.HasPrefix(string(lines), "neuron,cluster,shift,distance,pc1,pc2,consistency,consensus,confidence,votes\n") || strings.Count(string(lines), "\n") != 9 {
		t.Errorf("%v, %s", err, lines)
	}
	if !strings.Contains(text, "\nconsensus of 2 runs: 1 clusters, sizes [7]") || !strings.Contains(text, "; 1 neurons belong to none: 7\nconsensus cluster 0: 7 neurons, confidence 1, ") || strings.Contains(text, "chosen by") {
		t.Errorf("%s", text)
	}
	if text := works(t, "cluster", "--run", run); !strings.Contains(text, "number of clusters chosen by silhouette\n") {
		t.Errorf("%s", text)
	}
	fails(t, failed, []string{"cluster", "--run", run, "--k", "9"}, run, "9")
}

// alike is a run with the clusters of fittedRun, but other biases.
func alike(t *testing.T, by float32) string {
	t.Helper()
	run := copied(t)
	file := filepath.Join(run, "best", "weights.npz")
	all, err := array.ReadNPZ(file)
	if err != nil {
		t.Fatal(err)
	}
	all["readout/biases"].Data.([]float32)[0] += by
	if err := array.WriteNPZ(file, all); err != nil {
		t.Fatal(err)
	}
	return run
}

// A fit agrees with itself, under whatever path. That is no stability.
func TestSameFitTwice(t *testing.T) {
	run, link := fittedRun(t), filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(run, link); err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Dir(run))
	for _, second := range []string{run, run + "/.", link, filepath.Base(run), copied(t)} {
		for _, args := range [][]string{{"cluster"}, {"report", "--out", t.TempDir()}} {
			fails(t, wrongUse, append(args, "--run", run, "--run", alike(t, 1), "--run", second), "--run: run "+second+": given twice", "accepted: ")
		}
	}
}

// --data names the recording where it is now. Another one is refused.
func TestRecordingElsewhere(t *testing.T) {
	run, out := lost(t), t.TempDir()
	for _, args := range [][]string{{"cluster", "--json"}, {"figures", "--out", out}, {"report", "--out", out}} {
		fails(t, failed, append(args, "--run", run, "--data", recording+"&seed=5"), "seed=5", "no run was fitted to it (fingerprint ", "of run "+run)
		fails(t, wrongUse, append(args, "--run", run, "--data", "nothing"), "nothing")
	}
	if entries, err := os.ReadDir(out); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v", entries, err)
	}
	status, stdout, stderr := v1lab("cluster", "--run", run, "--data", recording, "--json")
	if status != done || stderr != "" || !strings.Contains(stdout, "ari_truth") {
		t.Errorf("status %d, %q", status, stderr)
	}
	fails(t, wrongUse, []string{"report", "--study", out, "--data", recording, "--out", out}, "--data")
}

func TestClusterMethods(t *testing.T) {
	run, second := fittedRun(t), alike(t, 1)
	for _, method := range []string{"kmeans", "gmm", "ward"} {
		folder := t.TempDir()
		out := filepath.Join(folder, "c.npz")
		report, _ := keys(t, works(t, "cluster", "--run", run, "--run", second, "--method", method, "--by", "bic", "--out", out, "--figures", folder, "--json"))
		if report["method"] != method {
			t.Errorf("%s: %v", method, report["method"])
		}
		all, err := array.ReadNPZ(out)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(all["aligned"].Type(), " ", all["aligned"].Shape); got != "float32 [8 4 2]" || len(all) != 18 {
			t.Errorf("%s: aligned is %s, %d arrays", method, got, len(all))
		}
		for _, name := range []string{"embedding", "aligned", "templates", "clusters", "consistency"} {
			for _, ext := range []string{".png", ".svg"} {
				if _, err := os.Stat(filepath.Join(folder, name+ext)); err != nil {
					t.Error(err)
				}
			}
		}
	}
	fails(t, wrongUse, []string{"cluster", "--run", run, "--by", "bic"}, "--method joint has no likelihood")
	fails(t, wrongUse, []string{"cluster", "--run", run, "--method", "dbscan"}, "--method", `"joint","kmeans","gmm","ward"`, "dbscan")
}

// Runs of different recordings have no neurons in common, even where the numbers agree.
func TestClusterOfDifferentRecordings(t *testing.T) {
	other := alike(t, 1)
	file := filepath.Join(other, "dataset.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	i := strings.Index(string(text), `"fingerprint": "`) + len(`"fingerprint": "`)
	changed := string(text[:i]) + "0000" + string(text[i+4:])
	if err := os.WriteFile(file, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	fails(t, failed, []string{"cluster", "--run", fittedRun(t), "--run", other}, other, "fingerprint 0000", "accepted: fits of the same recording")
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
	equal(t, "without data", names, clusterKeys...)
}

// pairedRun is a run whose neurons 4 to 7 are dead. Of the others, those in first respond to one feature and the rest to the other.
func pairedRun(t *testing.T, first ...int) string {
	t.Helper()
	run := copied(t)
	file := filepath.Join(run, "best", "weights.npz")
	all, err := array.ReadNPZ(file)
	if err != nil {
		t.Fatal(err)
	}
	w := all["readout/feature_weights"]
	if !slices.Equal(w.Shape, []int{8, 8}) {
		t.Fatalf("feature weights %v, want 8 neurons of 4 orientations with 2 features each", w.Shape)
	}
	values := make([]float32, 64)
	for neuron := range 4 {
		feature := 1
		if slices.Contains(first, neuron) {
			feature = 0
		}
		values[8*neuron+2*neuron+feature] = 1 // each neuron has an orientation of its own
	}
	all["readout/feature_weights"] = array.New(values, 8, 8)
	masks, err := all["readout/masks"].Float32s()
	if err != nil {
		t.Fatal(err)
	}
	for i := range masks {
		masks[i] = 1
	}
	if err := array.WriteNPZ(file, all); err != nil {
		t.Fatal(err)
	}
	return run
}

// The living neurons of two runs are paired as differently as they can be. That the same neurons are dead in both runs is no agreement.
func TestClusterLeavesDeadNeuronsOut(t *testing.T) {
	a, b := pairedRun(t, 0, 1), pairedRun(t, 0, 2)
	args := []string{"cluster", "--run", a, "--run", b, "--k", "2"}
	report, _ := keys(t, works(t, append(args, "--json")...))
	if got := fmt.Sprint(report["dead"], report["labels"].([]any)[4:]); got != "[4 5 6 7] [-1 -1 -1 -1]" {
		t.Errorf("dead neurons and their labels: %s", got)
	}
	s := report["stability"].(map[string]any)
	if ari := s["ari_mean"].(float64); math.Abs(ari+0.5) > 1e-12 {
		t.Errorf("adjusted Rand index %g, want -0.5, that of the 4 living neurons", ari)
	}
	if text := works(t, args...); !strings.Contains(text, "adjusted Rand index -0.5, SD -, each pair by at least 4 neurons") {
		t.Errorf("%s", text)
	}
}

// Neurons are grouped by their tuning where that is asked for; it is measured once, of the neurons that are named.
func TestClusterByTuning(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles what tuning needs")
	}
	run, out := copied(t), filepath.Join(t.TempDir(), "groups.npz")
	args := []string{"cluster", "--run", run, "--from", "tuning", "--neurons", "6,1,4,3", "--k", "2"}
	report, names := keys(t, works(t, append(args, "--out", out, "--figures", t.TempDir(), "--json")...))
	equal(t, "cluster --from tuning --json", names, append(clusterKeys, "ari_truth", "confusion", "types", "neurons", "features", "means")...)
	if report["from"] != "tuning" || len(report["labels"].([]any)) != 4 || fmt.Sprint(report["neurons"]) != "[6 1 4 3]" || report["shifts"].([]any)[0] != nil {
		t.Errorf("%v", report)
	}
	arrays, err := array.ReadNPZ(out)
	if err != nil {
		t.Fatal(err)
	}
	if got := arrays["measured"].Shape; fmt.Sprint(got) != "[7 4]" {
		t.Errorf("measured %v", got)
	}
	status, stdout, stderr := v1lab(args...)
	if status != 0 || !strings.Contains(stdout, "; grouped by tuning") || !strings.Contains(stderr, "tuning is that which") {
		t.Errorf("again: %d, %q, %q", status, stdout, stderr)
	}
	fails(t, wrongUse, []string{"cluster", "--run", run, "--neurons", "1"}, "--neurons", "--from tuning")
	fails(t, wrongUse, []string{"cluster", "--run", run, "--from", "tuning", "--neurons", "8"}, "--neurons", "the run has 8 neurons")

	fails(t, failed, []string{"cluster", "--run", run, "--from", "mei"}, "stores no archive of most exciting images", "v1lab mei --run")
	works(t, "mei", "--run", run, "--neurons", "2,5,7", "--images", "1", "--steps", "3", "--out", filepath.Join(run, "insilico", "mei.npz"))
	report, _ = keys(t, works(t, "cluster", "--run", run, "--from", "mei", "--k", "2", "--out", out, "--figures", t.TempDir(), "--json"))
	if report["from"] != "mei" || fmt.Sprint(report["neurons"]) != "[2 5 7]" {
		t.Errorf("%v", report)
	}
	if report, _ = keys(t, works(t, "cluster", "--run", run, "--from", "mei", "--neurons", "7,2", "--k", "1", "--json")); fmt.Sprint(report["neurons"]) != "[7 2]" {
		t.Errorf("of two: %v", report)
	}
}
