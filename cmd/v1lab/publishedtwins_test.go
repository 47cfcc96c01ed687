//go:build peers

// This file's test installs PyTorch at its first run (0.7 GB), needs the published twins beside the checkout, and is built with -tags peers alone.

package main

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/kernels/onnxruntime"
	"v1lab/kernels/peers"
	"v1lab/v1model/golden"
	"v1lab/v1model/onnx"
)

const publishedTwins = "../../../shared/golden/twin"

// Every verb works on both published twins: rates, also of ONNX Runtime and PyTorch, are those of their authors' code, scores on these are perfect, and what is
// found of some neurons agrees with the rates of all.
func TestPublishedTwins(t *testing.T) {
	if _, err := os.Stat(publishedTwins); err != nil {
		t.Skip("no published twins beside the checkout")
	}
	interpreter, err := peers.Ensure(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	library, err := onnxruntime.Ensure(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"sensorium_sota_model", "sensorium_p_sota_model"} {
		t.Run(name, func(t *testing.T) {
			dir, want := t.TempDir(), golden.Open(t, filepath.Join(publishedTwins, name, "expected.npz"))
			at := func(file string) string { return filepath.Join(dir, file) }
			rates := want.Float32("rates")
			n, neurons := rates.Shape[0], rates.Shape[1]
			values := rates.Data.([]float32)
			pixels := want.Float32("images").Data.([]float32) // one channel: its place does not matter
			behaves := name == "sensorium_p_sota_model"
			var rows []float32
			if behaves {
				b, p := want.Float32("behavior").Data.([]float32), want.Float32("pupil_center").Data.([]float32)
				for i := range n {
					rows = append(append(rows, b[3*i:3*i+3]...), p[2*i:2*i+2]...)
				}
			}
			write := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			write(array.WriteNPY(at("x.npy"), array.New(pixels, n, 36, 64)))
			recorded := map[string]array.Array{}
			for part, span := range map[string][2]int{"train": {0, 12}, "val": {12, 18}, "test": {18, n}} {
				first, end, repeats := span[0], span[1], []int{}
				if part == "test" {
					repeats = []int{1}
				}
				recorded[part+"_images"] = array.New(pixels[first*36*64:end*36*64], end-first, 36, 64)
				recorded[part+"_responses"] = array.New(values[first*neurons:end*neurons], append(repeats, end-first, neurons)...)
				if behaves {
					recorded[part+"_covariates"] = array.New(rows[first*5:end*5], append(repeats, end-first, 5)...)
					recorded["covariate_names"] = array.New([]string{"pupil_dilation", "pupil_dilation_change", "running_speed", "pupil_x", "pupil_y"})
				}
			}
			write(array.WriteNPZ(at("recording.npz"), recorded))
			checkpoint := filepath.Join(publishedTwins, name, name+".pth")
			works(t, "import", "torch", "--checkpoint", checkpoint, "--out", at("alone"))
			works(t, "import", "torch", "--checkpoint", checkpoint, "--data", "npz:"+at("recording.npz")+"?normalise=none", "--out", at("run"))

			predict := []string{"predict", "--run", at("alone"), "--images", at("x.npy"), "--out", at("rates.npy")}
			if behaves {
				write(array.WriteNPY(at("c.npy"), array.New(rows, n, 5)))
				predict = append(predict, "--covariates", at("c.npy"))
			}
			works(t, predict...)
			predicted, err := array.ReadNPY(at("rates.npy"))
			write(err)
			near(t, "predict", predicted.Data.([]float32), values)
			if report, _ := keys(t, works(t, "eval", "--run", at("run"), "--json")); !(report["test_corr"].(float64) > 0.99999) {
				t.Errorf("correlation %v", report["test_corr"])
			}

			works(t, "export", "--run", at("alone"), "--onnx", at("model.onnx"), "--batch", "24", "--torch", at("torch"))
			of, err := onnx.Run(library, at("model.onnx"), datasets.Images{N: n, Height: 36, Width: 64, Channels: 1, Pixels: pixels}, rows)
			write(err)
			near(t, "ONNX Runtime", of.Values, values)
			if out, err := exec.CommandContext(t.Context(), interpreter, filepath.Join(at("torch"), "model.py")).CombinedOutput(); err != nil {
				t.Errorf("PyTorch: %v\n%s", err, out)
			}

			run := []string{"--run", at("run"), "--neurons", "3,5"}
			works(t, with([]string{"rf"}, append(run, "--out", at("run/insilico/rf.npz"), "--figures", at("figures"))...)...)
			works(t, with([]string{"mei"}, append(run, "--images", "2", "--steps", "40", "--out", at("run/insilico/mei.npz"))...)...)
			works(t, with([]string{"tune"}, append(run, "--out", at("run/insilico/tune.npz"))...)...)
			works(t, "predict", "--run", at("run"), "--images", at("run/insilico/mei.npz"), "--out", at("rates.npy"))
			predicted, err = array.ReadNPY(at("rates.npy"))
			write(err)
			found, err := array.ReadNPZ(at("run/insilico/mei.npz"), "rates")
			write(err)
			var own []float32 // of the neuron for which the image is
			for i := range 4 {
				own = append(own, predicted.Data.([]float32)[i*neurons+[]int{3, 5}[i/2]])
			}
			near(t, "most exciting images", found["rates"].Data.([]float32), own)
			works(t, "features", "--run", at("run"), "--out", at("features.npz"))
			works(t, "cluster", "--run", at("run"), "--neurons", "3,5,9,11")
			works(t, "cluster", "--run", at("run"), "--from", "mei")
			works(t, "report", "--run", at("run"), "--out", at("page"), "--browse")
			if info, err := os.Stat(at("page/index.html")); err != nil || info.Size() < 1<<20 {
				t.Errorf("page: %v", err)
			}
		})
	}
}

// near compares with the tolerance 1e-5 + 1e-5 |want|.
func near(t *testing.T, what string, got, want []float32) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	for i, w := range want {
		if !(math.Abs(float64(got[i]-w)) <= 1e-5+1e-5*math.Abs(float64(w))) {
			t.Fatalf("%s: value %d is %g, want %g", what, i, got[i], w)
		}
	}
}
