package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets/array"
	"v1lab/datasets/formats"
)

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

// imageFile writes images whose values run through 0 to 99.
func imageFile(t *testing.T, shape ...int) string {
	t.Helper()
	n := 1
	for _, d := range shape {
		n *= d
	}
	values := make([]uint8, n)
	for i := range values {
		values[i] = uint8(64 + i*7%128) // about the mean and SD of the training images
	}
	path := filepath.Join(t.TempDir(), "images.npy")
	if err := array.WriteNPY(path, array.New(values, shape...)); err != nil {
		t.Fatal(err)
	}
	return path
}

func rates(t *testing.T, images string) array.Array {
	t.Helper()
	out := filepath.Join(t.TempDir(), "rates.npy")
	works(t, "predict", "--run", fittedRun(t), "--images", images, "--out", out)
	a, err := array.ReadNPY(out)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Raw test images give the rates that eval's correlations are made of: they depend on the run's normalisation.
func TestPredict(t *testing.T) {
	raw, err := formats.OpenRaw(recording)
	if err != nil {
		t.Fatal(err)
	}
	im := raw.Test.Images
	all := rates(t, write(t, array.New(im.Pixels, im.N, im.Height, im.Width, 1)))
	if all.Type() != "float32" || len(all.Shape) != 2 || all.Shape[0] != 20 || all.Shape[1] != 8 {
		t.Fatalf("%s %v, want float32 [20 8]", all.Type(), all.Shape)
	}
	for _, v := range all.Data.([]float32) {
		if !(v > 0) || math.IsInf(float64(v), 0) {
			t.Fatalf("rate %v", v)
		}
	}
	bytes := make([]uint8, len(im.Pixels)) // grey levels are whole numbers up to rounding
	whole := make([]float64, len(im.Pixels))
	for i, v := range im.Pixels {
		bytes[i] = uint8(v)
		whole[i] = float64(bytes[i])
	}
	a, b := rates(t, write(t, array.New(bytes, im.N, im.Height, im.Width))), rates(t, write(t, array.New(whole, im.N, im.Height, im.Width)))
	for i, v := range a.Data.([]float32) {
		if v != b.Data.([]float32)[i] {
			t.Fatalf("rate %d is %v for uint8 and %v for float64", i, v, b.Data.([]float32)[i])
		}
	}
}

func write(t *testing.T, a array.Array) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "images.npy")
	if err := array.WriteNPY(path, a); err != nil {
		t.Fatal(err)
	}
	return path
}

// Images in other units are predicted, with a warning that has both means and SDs.
func TestPredictWarnsOfOtherUnits(t *testing.T) {
	ones := make([]float32, 2*256)
	for i := range ones {
		ones[i] = float32(i%16) / 15
	}
	out := filepath.Join(t.TempDir(), "rates.npy")
	status, stdout, stderr := v1lab("predict", "--run", fittedRun(t), "--images", write(t, array.New(ones, 2, 16, 16)), "--out", out, "--json")
	r, _ := keys(t, stdout)
	given, ok := r["given"].(map[string]any)
	if status != done || !ok || given["unlike"] != true || math.Abs(given["mean"].(float64)-0.5) > 1e-3 || given["training_sd"].(float64) < 10 {
		t.Errorf("status %d: %v", status, r)
	}
	if !strings.Contains(stderr, "warning: ") || !strings.Contains(stderr, ": mean 0.5, SD 0.3073; the training images have mean ") {
		t.Errorf("%q", stderr)
	}
}

func TestPredictBadImages(t *testing.T) {
	truncated := imageFile(t, 4, 16, 16)
	cut(t, truncated, 0.5)
	nan := make([]float32, 3*256)
	nan[300] = float32(math.NaN())
	out := filepath.Join(t.TempDir(), "rates.npy")
	for name, c := range map[string]struct {
		path  string
		parts []string
	}{
		"missing":       {"/nowhere/x.npy", []string{"/nowhere/x.npy", "no such file"}},
		"truncated":     {truncated, []string{truncated}},
		"size":          {imageFile(t, 4, 16, 17), []string{"16 x 17", "16 x 16"}},
		"channels":      {imageFile(t, 4, 16, 16, 3), []string{"3 channels"}},
		"one dimension": {imageFile(t, 256), []string{"[256]", "height"}},
		"no image":      {imageFile(t, 0, 16, 16), []string{"[0, 16, 16]"}},
		"text":          {write(t, array.New(make([]string, 256), 1, 16, 16)), []string{"str"}},
		"NaN":           {write(t, array.New(nan, 3, 16, 16)), []string{"image 1", "NaN"}},
	} {
		t.Run(name, func(t *testing.T) {
			fails(t, failed, []string{"predict", "--run", fittedRun(t), "--images", c.path, "--out", out}, c.parts...)
			if _, err := os.Stat(out); err == nil {
				t.Error("a file was written")
			}
		})
	}
}
