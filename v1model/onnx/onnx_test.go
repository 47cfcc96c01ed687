package onnx_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/kernels/onnxruntime"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/fitted"
	"v1lab/v1model/golden"
	"v1lab/v1model/onnx"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/tfcheckpoint"
	"v1lab/v1model/weights"
)

func library(t *testing.T) string {
	t.Helper()
	path, err := onnxruntime.Ensure(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func stored(t *testing.T, config v1model.Config, record runfolder.Dataset, w weights.Values) *fitted.Run {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run")
	if err := runfolder.Store(path, config, record, w); err != nil {
		t.Fatal(err)
	}
	run, err := fitted.Open(t.Context(), path, fitted.Options{Device: fitted.On(pjrttest.Backend(t))})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// The reference's own predictions come back out of ONNX Runtime.
func TestReferenceModel(t *testing.T) {
	f := golden.Open(t, "../tfcheckpoint/testdata/tf_checkpoint_expected.npz")
	config, err := v1model.Load("ecker2019-n16", "core.filter_sizes=7,5,5", "core.features=3,2,4")
	if err != nil {
		t.Fatal(err)
	}
	c, err := tfcheckpoint.Open("../tfcheckpoint/testdata/tf_checkpoint")
	if err != nil {
		t.Fatal(err)
	}
	path, model := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "model.onnx")
	if _, err := tfcheckpoint.Import(c, config, runfolder.Dataset{Shape: v1model.Shape{Height: 20, Width: 16, Channels: 1}}, path); err != nil {
		t.Fatal(err)
	}
	run, err := fitted.Open(t.Context(), path, fitted.Options{Device: fitted.On(pjrttest.Backend(t))})
	if err != nil {
		t.Fatal(err)
	}
	if err := onnx.Write(library(t), run, 6, model); err != nil {
		t.Fatal(err)
	}
	rates, err := onnx.Run(library(t), model, datasets.Images{N: 6, Height: 20, Width: 16, Channels: 1, Pixels: f.Float32("images").Data.([]float32)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "predictions", rates.Values, f.Float32("predictions").Data.([]float32), golden.Value)
}

// Every kind of core and readout, on raw images, one of them normalised pixel by pixel: ONNX Runtime predicts what our device does.
func TestEveryKind(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const n = 3
	images := datasets.Images{N: n, Height: 13, Width: 14, Channels: 2, Pixels: make([]float32, n*13*14*2)}
	for i := range images.Pixels {
		images.Pixels[i] = float32(120 + 40*rng.NormFloat64())
	}
	record := runfolder.Dataset{Shape: v1model.Shape{Height: 13, Width: 14, Channels: 2, Neurons: 5},
		Normalisation: &datasets.Normalisation{Method: "reference", ImageMean: 117, ImageSD: 38, ResponseSD: make([]float64, 5)}}
	small := []string{"core.filter_sizes=5,4", "core.features=2,3", "core.strides=2,1", "core.padding=same,valid", "core.activations=relu,elu", "core.smoothness_rel=1,1", "core.sparsity_rel=1,1"}
	cases := map[string][]string{
		"rotated, bilinear": {"core.kind=rotated", "core.interpolation=bilinear", "core.rotations=6"},
		"shared biases":     {"core.shared_biases=true"},
		"dilated cnn":       {"core.kind=cnn", "core.rotations=1", "core.dilations=1,2", "core.activations=softplus,none"},
		"gaussian loss":     {"fit.loss=gaussian"},
		"signed masks":      {"readout.positive_masks=false", "readout.positive_features=true"},
	}
	for _, kind := range readout.Kinds() {
		cases[kind] = []string{"readout.kind=" + kind}
	}
	for name, settings := range cases {
		t.Run(name, func(t *testing.T) {
			record := record
			if name == "shared biases" {
				n := *record.Normalisation
				n.Method, n.PixelMean, n.PixelSD = datasets.Pixel, make([]float64, images.Size()), make([]float64, images.Size())
				for i := range n.PixelMean {
					n.PixelMean[i], n.PixelSD[i] = 100+float64(i%30), 20+float64(i%7)
				}
				record.Normalisation = &n
			}
			config, err := v1model.Load("quickstart", append(append([]string{}, small...), settings...)...)
			if err != nil {
				t.Fatal(err)
			}
			m, err := v1model.New(config, record.Shape)
			if err != nil {
				t.Fatal(err)
			}
			w := weights.Init(m.Specs(), 7)
			for _, s := range m.Specs() { // as if fitted: no variable at its start value
				for i := range w.Float32(s.Name) {
					w.Float32(s.Name)[i] += 0.5 * rng.Float32()
				}
			}
			run, model := stored(t, config, record, w), filepath.Join(t.TempDir(), "model.onnx")
			if err := onnx.Write(library(t), run, n, model); err != nil {
				t.Fatal(err)
			}
			got, err := onnx.Run(library(t), model, images, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer run.Close()
			want, err := run.Rates(t.Context(), record.Normalisation.ApplyImages(images))
			if err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, "rates", got.Values, want.Values, golden.Value)
		})
	}
}

func TestRefuses(t *testing.T) {
	config, err := v1model.Load("quickstart")
	if err != nil {
		t.Fatal(err)
	}
	record := runfolder.Dataset{Shape: v1model.Shape{Height: 20, Width: 20, Channels: 1, Neurons: 2}}
	m, err := v1model.New(config, record.Shape)
	if err != nil {
		t.Fatal(err)
	}
	run := stored(t, config, record, weights.Init(m.Specs(), 1))
	model := filepath.Join(t.TempDir(), "model.onnx")
	if err := onnx.Write(library(t), run, 0, model); err == nil || !strings.Contains(err.Error(), "0 images at a time") {
		t.Errorf("error %v", err)
	}
	if err := onnx.Write(library(t), run, 1, "/sys/model.onnx"); err == nil || !strings.Contains(err.Error(), "/sys") {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(model); err == nil {
		t.Error("a file was written")
	}
	if err := os.WriteFile(model, []byte("no model"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := onnx.Run(library(t), model, datasets.Images{N: 1, Height: 1, Width: 1, Channels: 1, Pixels: []float32{0}}, nil); err == nil || !strings.Contains(err.Error(), model) {
		t.Errorf("error %v", err)
	}
}
