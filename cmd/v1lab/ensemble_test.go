package main

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets/array"
)

// Several runs are one model for predict, eval, mei and tune, and each says the spread between them.
func TestEnsembles(t *testing.T) {
	first, second := fittedRun(t), alike(t, 1)
	both := []string{"--run", first, "--run", second}
	dir := t.TempDir()
	images := imageFile(t, 3, 16, 16)
	read := func(name string) []float32 {
		t.Helper()
		a, err := array.ReadNPY(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return a.Data.([]float32)
	}
	predict := func(runs []string, more ...string) string {
		t.Helper()
		return works(t, append(append([]string{"predict", "--images", images}, runs...), more...)...)
	}
	predict(both[:2], "--out", filepath.Join(dir, "a.npy"))
	predict(both[2:], "--out", filepath.Join(dir, "b.npy"))
	said, names := keys(t, predict(both, "--out", filepath.Join(dir, "mean.npy"), "--spread", filepath.Join(dir, "sd.npy"), "--json"))
	equal(t, "predict --json", names, "out", "images", "neurons", "absent", "given", "runs", "rate_spread")
	a, b, mean, sd := read("a.npy"), read("b.npy"), read("mean.npy"), read("sd.npy")
	total := 0.0
	for i := range mean {
		x, y := float64(a[i]), float64(b[i])
		if math.Abs(float64(mean[i])-(x+y)/2) > 1e-6*(1+x) || math.Abs(float64(sd[i])-math.Abs(x-y)/math.Sqrt2) > 1e-6*(1+x) {
			t.Fatalf("rate %d: %v and spread %v of %v and %v", i, mean[i], sd[i], x, y)
		}
		total += float64(sd[i]) / float64(len(sd))
	}
	if got := said["rate_spread"].(float64); !(total > 0) || math.Abs(got-total) > 1e-6 {
		t.Errorf("rate_spread %v, want %v", got, total)
	}

	found, names := keys(t, works(t, append([]string{"eval", "--json"}, both...)...))
	if ensemble, ok := found["ensemble"].(map[string]any); !ok || len(ensemble["members"].([]any)) != 2 || !(ensemble["rate_spread"].(float64) > 0) {
		t.Errorf("eval --json has %v, %v", names, found["ensemble"])
	}
	if text := works(t, append([]string{"eval"}, both...)...); !strings.Contains(text, "SD between the rates of 2 runs") || strings.Count(text, "of run") != 2 {
		t.Errorf("eval says %s", text)
	}

	fails(t, wrongUse, append([]string{"mei", "--out", filepath.Join(dir, "m.npz"), "--figures", dir}, both...), "--figures: of 2 runs")
	fails(t, wrongUse, append([]string{"rf", "--out", filepath.Join(dir, "m.npz"), "--figures", dir}, both...), "--figures: of 2 runs")
	fails(t, wrongUse, append([]string{"predict", "--images", images, "--out", filepath.Join(dir, "a.npy"), "--spread", filepath.Join(dir, "a.npy")}, both...), "--spread: ", "another file")
	fails(t, wrongUse, []string{"predict", "--images", images, "--run", first, "--out", filepath.Join(dir, "a.npy"), "--spread", filepath.Join(dir, "s.npy")}, "--spread: with one run")
	fails(t, wrongUse, []string{"eval", "--run", first, "--run", first}, "--run: ", "given twice")
	fails(t, failed, []string{"predict", "--images", images, "--run", first, "--run", filepath.Join(dir, "none"), "--out", filepath.Join(dir, "a.npy")}, "none", "config.yaml")
	if testing.Short() {
		return // compiles programs of two models
	}
	status, _, stderr := v1lab(append([]string{"mei", "--neurons", "0,1", "--images", "1", "--steps", "4", "--out", filepath.Join(dir, "m.npz")}, both...)...)
	if status != done || !strings.Contains(stderr, "ensemble of 2 runs: the SD between their rates is ") {
		t.Fatalf("mei: status %d, said %s", status, stderr)
	}
	arrays, err := array.ReadNPZ(filepath.Join(dir, "m.npz"))
	if err != nil || len(arrays["rates_spread"].Shape) != 2 || !(arrays["rates_spread"].Data.([]float32)[0] > 0) {
		t.Errorf("rates_spread %v, %v", arrays["rates_spread"], err)
	}
	works(t, append([]string{"predict", "--images", filepath.Join(dir, "m.npz"), "--out", filepath.Join(dir, "again.npy")}, both...)...)
	if again, rates := read("again.npy"), arrays["rates"].Data.([]float32); math.Abs(float64(again[0]-rates[0])) > 1e-4*(1+math.Abs(float64(rates[0]))) {
		t.Errorf("predict has %v for the image to which mei found the rate %v", again[0], rates[0])
	}
	text := works(t, append([]string{"tune", "--neurons", "0", "--x", "7:8", "--y", "7:8", "--json", "--out", filepath.Join(dir, "t.npz")}, both...)...)
	if told, names := keys(t, text); len(told["runs"].([]any)) != 2 || told["rate_spread"] == nil {
		t.Errorf("tune --json has %v", names)
	}
}
