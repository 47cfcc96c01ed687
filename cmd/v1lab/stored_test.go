package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"v1lab/datasets/array"
	"v1lab/v1model/fitted"
)

// oldest is a run folder that an earlier program made, with the rates, scores and clusters that it found. It stays as it is: every later
// program must open it and find the same. Beside it are those of later versions, from tools/store-run.sh.
const oldest = "testdata/v1"

// eachStored runs a test with each stored folder and a copy of its run, which verbs may write to.
func eachStored(t *testing.T, test func(t *testing.T, stored, run string)) {
	t.Helper()
	all, err := filepath.Glob("testdata/v*")
	if err != nil || !slices.Contains(all, oldest) {
		t.Fatalf("stored runs: %v, %v", all, err)
	}
	for _, stored := range all {
		t.Run(filepath.Base(stored), func(t *testing.T) { test(t, stored, storedRun(t, stored)) })
	}
}

func storedRun(t *testing.T, stored string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(path, os.DirFS(filepath.Join(stored, "run"))); err != nil {
		t.Fatal(err)
	}
	return path
}

// A stored run predicts what it predicted when it was made.
func TestStoredRunPredictsTheSame(t *testing.T) { eachStored(t, predictsTheSame) }

func predictsTheSame(t *testing.T, stored, run string) {
	out := filepath.Join(t.TempDir(), "rates.npy")
	works(t, "predict", "--run", run, "--images", filepath.Join(stored, "images.npy"), "--out", out)
	got, want := floats(t, out), floats(t, filepath.Join(stored, "rates.npy"))
	if len(got) != len(want) || len(want) != 4*6 {
		t.Fatalf("%d rates, want %d", len(got), len(want))
	}
	for i := range want {
		if d := math.Abs(float64(got[i] - want[i])); !(d <= 1e-5) {
			t.Errorf("rate %d: %g, want %g", i, got[i], want[i])
		}
	}
}

func floats(t *testing.T, path string) []float32 {
	t.Helper()
	a, err := array.ReadNPY(path)
	if err != nil {
		t.Fatal(err)
	}
	return a.Data.([]float32)
}

// Scores and clusters of a stored run are those of the day it was made.
func TestStoredRunScoresTheSame(t *testing.T) {
	eachStored(t, func(t *testing.T, stored, run string) {
		same(t, stored, "eval", works(t, "eval", "--run", run, "--json"))
		same(t, stored, "cluster", works(t, "cluster", "--run", run, "--json"))
	})
}

// A stored fit that ended at its cap goes on from its checkpoint to where it went then.
func TestStoredRunGoesOn(t *testing.T) {
	eachStored(t, func(t *testing.T, stored, run string) {
		if stored == oldest {
			return // it had converged: see TestStoredCheckpointGoesOn
		}
		same(t, stored, "longer", works(t, "fit", "--resume", "--out", run, "--set", "fit.max_steps=140", "--json"))
	})
}

// The fit of the first stored run is over.
func TestStoredRunIsOver(t *testing.T) {
	run := storedRun(t, oldest)
	if status, stdout, stderr := v1lab("fit", "--resume", "--out", run); status != done || !strings.Contains(stderr, "is over") || !strings.Contains(stdout, "200 steps") {
		t.Errorf("fit --resume: status %d, %q, %q", status, stdout, stderr)
	}
}

// Most exciting images and tuning that v1lab mei and tune left in the folder, and those that cells of a notebook left, are all read.
func TestStoredExperimentsAreRead(t *testing.T) {
	run, err := fitted.Open(t.Context(), storedRun(t, oldest), fitted.Options{})
	if err != nil {
		t.Fatal(err)
	}
	kept, err := run.Kept()
	if err != nil {
		t.Fatal(err)
	}
	var neurons [][]int
	for _, m := range kept.MEIs {
		neurons = append(neurons, m.Neurons)
	}
	for _, k := range kept.Tuning {
		neurons = append(neurons, k.Optimal.Neurons)
	}
	slices.SortFunc(neurons, slices.Compare)
	if d := cmp.Diff([][]int{{0, 1}, {0, 1, 2}, {3, 5}, {3, 5}}, neurons); d != "" {
		t.Error(d)
	}
}

// A fit goes on from a stored checkpoint of format version 1: this one had converged, and ends at once.
func TestStoredCheckpointGoesOn(t *testing.T) {
	run := storedRun(t, oldest)
	remove(t, filepath.Join(run, "result.json"))
	if text := works(t, "fit", "--resume", "--out", run); !strings.Contains(text, "best validation loss 4.23608 at step 160") {
		t.Errorf("%q", text)
	}
}

// same compares what a verb printed as JSON with what is stored: every stored number is there, equal to 1e-4. New keys are no difference.
func same(t *testing.T, stored, verb, text string) {
	t.Helper()
	var got, want any
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%s: %v", verb, err)
	}
	data, err := os.ReadFile(filepath.Join(stored, verb+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	sameJSON(t, verb, got, want)
}

func sameJSON(t *testing.T, path string, got, want any) {
	t.Helper()
	switch want := want.(type) {
	case map[string]any:
		delete(want, "seconds") // another machine's
		delete(want, "run")     // another folder
		delete(want, "made_with")
		there, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s: %v, want an object", path, got)
		}
		for key, v := range want {
			sameJSON(t, path+"."+key, there[key], v)
		}
	case []any:
		there, ok := got.([]any)
		if !ok || len(there) != len(want) {
			t.Errorf("%s: %v, want %v", path, got, want)
			return
		}
		for i, v := range want {
			sameJSON(t, path+"[]", there[i], v)
		}
	case float64:
		if there, ok := got.(float64); !ok || !(math.Abs(there-want) <= 1e-4*max(1, math.Abs(want))) {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	default:
		if got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}
