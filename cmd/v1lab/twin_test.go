package main

import (
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"
)

// A run answers images, and verbs take that as a recording: by its name, from any folder, with the truth in the score.
func TestModelAsRecording(t *testing.T) {
	run := storedRun(t, oldest)
	spec := "model:" + run + "?repeats=3&images=simulated:%3Fneurons=1%26images=60%26val=20%26test=10%26height=16%26width=16"
	var d struct {
		Neurons, Train, Repeats int
		Fingerprint             string
	}
	for range 2 {
		before := d.Fingerprint
		if err := json.Unmarshal([]byte(works(t, "data", "info", spec, "--json")), &d); err != nil || d.Neurons != 6 || d.Train != 60 || d.Repeats != 3 {
			t.Fatalf("%+v, %v", d, err)
		}
		if before != "" && before != d.Fingerprint {
			t.Error("the same name is another recording")
		}
	}
	if status, _, stderr := v1lab("data", "info", "model:"+run+"?images=nowhere.npy"); status != failed || !strings.Contains(stderr, "nowhere.npy") {
		t.Errorf("status %d: %s", status, stderr)
	}
	if testing.Short() {
		t.Skip("the rest fits a model")
	}
	t.Chdir(filepath.Dir(run))
	fit := filepath.Join(t.TempDir(), "fit")
	works(t, "fit", "--data", strings.Replace(spec, run, filepath.Base(run), 1), "--config", config(), "--out", fit)
	t.Chdir("/")
	var r struct {
		TrueCorr *float64 `json:"true_corr"`
		Neurons  []struct {
			TrueCorr float64 `json:"true_corr"`
		}
	}
	if err := json.Unmarshal([]byte(works(t, "eval", "--run", fit, "--json")), &r); err != nil || r.TrueCorr == nil || len(r.Neurons) != 6 {
		t.Fatalf("%+v, %v", r, err)
	}
	mean := 0.0
	for _, n := range r.Neurons {
		mean += n.TrueCorr / 6
	}
	if math.Abs(mean-*r.TrueCorr) > 1e-12 || mean == 0 {
		t.Errorf("correlation with the truth %g, of the neurons %g", *r.TrueCorr, mean)
	}
	if table := works(t, "eval", "--run", fit); !strings.Contains(table, "truth  ") {
		t.Errorf("%s", table)
	}
}
