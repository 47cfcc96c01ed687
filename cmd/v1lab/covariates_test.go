package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/cmd/v1labtest"
	"v1lab/datasets/array"
)

const behaving = "simulated:?neurons=6&images=60&val=30&test=10&repeats=3&height=21&width=21&gain=0.5&shift=1"

// Behaviour from the first command to the last: a fit, its scores, predictions at given covariates, and in-silico experiments at the default.
func TestBehaviour(t *testing.T) {
	if testing.Short() {
		t.Skip("fits a model and runs ten commands")
	}
	dir := t.TempDir()
	config, run, out := filepath.Join(dir, "config.yaml"), filepath.Join(dir, "run"), filepath.Join(dir, "rates.npy")
	if err := os.WriteFile(config, []byte(v1labtest.Tiny+"modulation: {kind: gain, covariates: [running_speed]}\nshifter: {kind: mlp, covariates: [pupil_x, pupil_y]}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	works(t, "fit", "--data", behaving, "--out", run, "--config", config)
	if scores, _ := keys(t, works(t, "eval", "--run", run, "--json")); len(scores["covariates"].([]any)) != 3 || scores["trial_corr"] == nil {
		t.Errorf("scores %v", scores)
	}
	if text := works(t, "eval", "--run", run); !strings.Contains(text, "covariates              running_speed, pupil_x, pupil_y  each trial is predicted with its own") {
		t.Errorf("eval says\n%s", text)
	}
	images := imageFile(t, 2, 21, 21)
	predict := func(covariates string, said ...string) []float32 {
		t.Helper()
		args := []string{"predict", "--run", run, "--images", images, "--out", out}
		if covariates != "" {
			args = append(args, "--covariates", covariates)
		}
		status, _, stderr := v1lab(args...)
		for _, want := range said {
			if !strings.Contains(stderr, want) {
				t.Errorf("--covariates %s says %q, want %q", covariates, stderr, want)
			}
		}
		a, err := array.ReadNPY(out)
		if status != done || err != nil {
			t.Fatalf("--covariates %s: %s %v", covariates, stderr, err)
		}
		return a.Data.([]float32)
	}
	mean := predict("", "covariate running_speed: not given, ", "covariate pupil_y: not given, ", " for all images, its training mean")
	named := predict("mean", "covariate running_speed: not given, ")
	fast := predict("running_speed=20", "covariate pupil_x: not given, ")
	table := filepath.Join(dir, "at.npy")
	nan := float32(math.NaN())
	if err := array.WriteNPY(table, array.New([]float32{20, nan, nan, 5, 62, 44}, 2, 3)); err != nil {
		t.Fatal(err)
	}
	each := predict(table, "covariate pupil_x: NaN for 1 of 2 images, where it is ")
	archive := filepath.Join(dir, "at.npz")
	if err := array.WriteNPZ(archive, map[string]array.Array{"running_speed": array.New([]float32{20, 5}), "pupil_x": array.New([]float32{nan, 62}), "pupil_y": array.New([]float32{nan, 44})}); err != nil {
		t.Fatal(err)
	}
	again := predict(archive)
	for n := range 6 {
		if named[n] != mean[n] || fast[n] == mean[n] || each[n] != fast[n] || each[6+n] == fast[6+n] || again[n] != each[n] || again[6+n] != each[6+n] {
			t.Errorf("neuron %d: %v at the mean, %v; fast %v; each its own %v, %v, then %v, %v", n, mean[n], named[n], fast[n], each[n], each[6+n], again[n], again[6+n])
		}
		if ratio := fast[n] / mean[n]; math.Abs(float64(ratio-fast[6]/mean[6])) > 1e-5 {
			t.Errorf("neuron %d: gain %v, of neuron 0 in the other image %v; want one gain for all", n, ratio, fast[6]/mean[6])
		}
	}
	if status, _, stderr := v1lab("rf", "--run", run, "--neurons", "0", "--out", filepath.Join(dir, "rf.npz")); status != done || !strings.Contains(stderr, "covariates at their training means: running_speed ") {
		t.Errorf("rf says %q", stderr)
	}
	works(t, "figures", "--run", run, "--out", filepath.Join(dir, "figures"))
	if _, err := os.Stat(filepath.Join(dir, "figures", "behaviour.png")); err != nil {
		t.Error(err)
	}
	base := []string{"predict", "--run", run, "--images", images, "--out", filepath.Join(dir, "none.npy"), "--covariates"}
	fails(t, wrongUse, append(base, "speed=3"), `"speed"; accepted: running_speed, pupil_x, pupil_y`)
	fails(t, wrongUse, append(base, "running_speed=fast"), `"running_speed=fast"; accepted: NAME=NUMBER`)
	fails(t, wrongUse, append(base, "running_speed=1,running_speed=2"), `"running_speed" is given twice`)
	fails(t, wrongUse, append(base, "at.csv"), `"at.csv"; accepted: NAME=VALUE,..., mean, or a file .npz or .npy`)
	fails(t, failed, append(base, images), "shape [2, 21, 21]; accepted: [2, 3], a row for each image and a column for each of running_speed, pupil_x, pupil_y")
	fails(t, wrongUse, []string{"predict", "--run", fittedRun(t), "--images", imageFile(t, 1, 16, 16), "--out", out, "--covariates", "mean"}, "takes none")
	fails(t, failed, []string{"fit", "--data", recording, "--out", filepath.Join(dir, "no"), "--config", config}, `covariate "running_speed": not in the recording; accepted: none`)
}
