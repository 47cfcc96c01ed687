package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/v1model/torchfile/torchfiletest"
	"v1lab/v1model/weights"
)

// smallTwin writes a checkpoint of one layer of 2 maps and 3 neurons.
func smallTwin(t *testing.T, sessions ...string) string {
	t.Helper()
	var s torchfiletest.State
	s.Modules = []string{"", "core", "core.features.layer0.nonlin"}
	s.Add("core.features.layer0.conv.weight", nil, 2, 1, 3, 3)
	for _, session := range sessions {
		s.Add("readout."+session+".sigma", nil, 1, 3, 2, 2)
		s.Add("readout."+session+"._mu", nil, 1, 3, 1, 2)
		s.Add("readout."+session+"._features", nil, 1, 2, 1, 3)
	}
	path := filepath.Join(t.TempDir(), "twin.pth")
	if err := os.WriteFile(path, torchfiletest.Zip(t, s), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A PyTorch checkpoint becomes a run that predicts; what is not in the file is asked for and said; a session that is published brings its preset.
func TestImportTorch(t *testing.T) {
	one, run, dir := smallTwin(t, "a"), filepath.Join(t.TempDir(), "run"), t.TempDir()
	args := []string{"import", "torch", "--checkpoint", one, "--image-size", "8x9", "--set", "core.padding=valid"}
	stdout := works(t, with(args, "--out", run)...)
	if !strings.HasPrefix(stdout, run+": session a of "+one+", 3 neurons, images of 8x9, ") || !strings.Contains(stdout, "not in the checkpoint: padding valid (from the config); rate elu1") {
		t.Errorf("printed %q", stdout)
	}
	images, out := filepath.Join(dir, "images.npy"), filepath.Join(dir, "rates.npy")
	if err := array.WriteNPY(images, array.New(make([]float32, 2*8*9), 2, 8, 9)); err != nil {
		t.Fatal(err)
	}
	works(t, "predict", "--run", run, "--images", images, "--out", out)
	rates, err := array.ReadNPY(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range rates.Data.([]float32) { // no image and no biases: elu(0) + 1
		if v != 1 {
			t.Errorf("rates %v, want 1", rates.Data)
		}
	}
	if status, _, stderr := v1lab("cluster", "--run", run); status != 0 || !strings.Contains(stderr, "core.kind: stacked, whose features have no rotations: no rotation-invariant weights, so neurons are grouped by tuning") {
		t.Errorf("cluster: %d, %q", status, stderr)
	}
	fails(t, failed, with(args, "--out", run), run, "exists already")
	fails(t, failed, []string{"import", "torch", "--checkpoint", one, "--set", "core.padding=valid", "--out", run + "2"}, "the size of the images", "--image-size HxW")
	fails(t, failed, []string{"import", "torch", "--checkpoint", one, "--image-size", "8x9", "--out", run + "2"}, "asked for by name: core.padding")
	fails(t, failed, []string{"import", "torch", "--checkpoint", smallTwin(t, "a", "b"), "--image-size", "8x9", "--out", run + "2"}, "--session: a, b")
	fails(t, failed, []string{"import", "torch", "--checkpoint", one, "--config", "sensorium2022", "--out", run + "2"}, "core.filter_sizes: the config says [9 7 7 7]; accepted: [3]")
	fails(t, wrongUse, with(args, "--masks", "abs", "--out", run+"2"), "--masks abs: accepted: normalised, raw")
}

// A recording that is not normalised any more (normalise=none) has covariates as the model takes them: the rates are those without it, and its score is perfect
// on the model's own rates.
func TestImportTorchOfNormalisedData(t *testing.T) {
	if testing.Short() {
		t.Skip("evaluates a run")
	}
	dir, random := t.TempDir(), weights.Stream(1, "twin")
	normal := func(n int) []float32 {
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(random.NormFloat64())
		}
		return values
	}
	var s torchfiletest.State
	s.Modules = []string{"", "core", "core.features.layer0.nonlin"}
	s.Add("core.features.layer0.conv.weight", normal(2*2*9), 2, 2, 3, 3)
	s.Add("readout.a.sigma", nil, 1, 3, 2, 2)
	s.Add("readout.a._mu", nil, 1, 3, 1, 2)
	s.Add("readout.a._features", normal(6), 1, 2, 1, 3)
	twin := filepath.Join(dir, "twin.pth")
	if err := os.WriteFile(twin, torchfiletest.Zip(t, s), 0o600); err != nil {
		t.Fatal(err)
	}
	const n = 12
	images, running := array.New(normal(n*8*9), n, 8, 9), normal(n)
	for i := range running {
		running[i] = 5 + 3*running[i]
	}
	write := func(name string, a array.Array) string {
		path := filepath.Join(dir, name)
		if err := array.WriteNPY(path, a); err != nil {
			t.Fatal(err)
		}
		return path
	}
	args := []string{"import", "torch", "--checkpoint", twin, "--set", "core.padding=valid", "--set", "modulation.kind=channels", "--set", "modulation.covariates=running"}
	alone, rates := filepath.Join(dir, "alone"), filepath.Join(dir, "rates.npy")
	works(t, with(args, "--image-size", "8x9", "--out", alone)...)
	works(t, "predict", "--run", alone, "--images", write("x.npy", images), "--covariates", write("c.npy", array.New(running, n, 1)), "--out", rates)
	answers, err := array.ReadNPY(rates)
	if err != nil {
		t.Fatal(err)
	}
	recorded, r := map[string]array.Array{"covariate_names": array.New([]string{"running"})}, answers.Data.([]float32)
	for _, part := range []struct {
		name       string
		first, end int
	}{{"train", 0, 4}, {"val", 4, 8}, {"test", 8, 12}} {
		k, repeats := part.end-part.first, []int{}
		if part.name == "test" {
			repeats = []int{1}
		}
		recorded[part.name+"_images"] = array.New(images.Data.([]float32)[part.first*72:part.end*72], k, 8, 9)
		recorded[part.name+"_responses"] = array.New(r[part.first*3:part.end*3], append(repeats, k, 3)...)
		recorded[part.name+"_covariates"] = array.New(running[part.first:part.end], append(repeats, k, 1)...)
	}
	path, run := filepath.Join(dir, "recording.npz"), filepath.Join(dir, "run")
	if err := array.WriteNPZ(path, recorded); err != nil {
		t.Fatal(err)
	}
	if out := works(t, with(args, "--data", "npz:"+path+"?normalise=none", "--out", run)...); !strings.Contains(out, "normalised already, channels of behaviour as divided by their SD") {
		t.Errorf("printed %q", out)
	}
	if report, _ := keys(t, works(t, "eval", "--run", run, "--json")); !(report["test_corr"].(float64) > 0.99999) {
		t.Errorf("correlation %v", report["test_corr"])
	}
}
