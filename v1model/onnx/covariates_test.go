package onnx_test

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/v1model"
	"v1lab/v1model/covariates"
	"v1lab/v1model/golden"
	"v1lab/v1model/onnx"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/weights"
)

// Gains, channels and shifters: ONNX Runtime predicts each trial with its covariates as our device does, and at the training means where they are NaN.
func TestCovariatesAreAnInput(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const n = 3
	record := runfolder.Dataset{Shape: v1model.Shape{Height: 9, Width: 10, Channels: 1, Neurons: 4}}
	sessions := []runfolder.Session{{Name: "a", Neurons: 1}, {Name: "b", Neurons: 3}}
	images := datasets.Images{N: n, Height: 9, Width: 10, Channels: 1, Pixels: make([]float32, n*90)}
	for i := range images.Pixels {
		images.Pixels[i] = float32(rng.NormFloat64())
	}
	small := []string{"core.rotations=2", "core.filter_sizes=3", "core.features=2", "core.strides=1", "core.padding=same", "core.activations=softplus", "core.smoothness_rel=1", "core.sparsity_rel=1"}
	gain := []string{"modulation.kind=gain", "modulation.covariates=running,pupil"}
	shift := []string{"shifter.kind=mlp", "shifter.covariates=x,y"}
	for name, settings := range map[string][]string{
		"gain, masks":            append(gain, shift...),
		"gain of each, factors":  append(append([]string{"modulation.hidden=3", "modulation.shared=neuron", "readout.kind=factorised", "readout.chunk=1"}, gain...), shift...),
		"channels, positions":    append([]string{"modulation.kind=channels", "modulation.covariates=pupil,x", "readout.kind=gaussian"}, shift...),
		"gain alone, no shifter": gain,
		"of each session":        append(append([]string{"modulation.sessions=each", "shifter.sessions=each"}, gain...), shift...),
	} {
		t.Run(name, func(t *testing.T) {
			config, err := v1model.Load("quickstart", append(append([]string{}, small...), settings...)...)
			if err != nil {
				t.Fatal(err)
			}
			record := record
			if name == "of each session" {
				record.Sessions, record.Shape = sessions, record.Shape.OfSessions(1, 3)
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
			names := config.Covariates()
			c := datasets.Covariates{Names: names, Values: make([]float32, n*len(names))}
			for i := range c.Values {
				c.Values[i] = w.Float32(covariates.Mean)[i%len(names)] + 2*float32(rng.NormFloat64())
			}
			c.Values[0] = float32(math.NaN())
			run, model := stored(t, config, record, w), filepath.Join(t.TempDir(), "model.onnx")
			defer run.Close()
			if err := onnx.Write(library(t), run, n, model); err != nil {
				t.Fatal(err)
			}
			got, err := onnx.Run(library(t), model, images, c.Values)
			if err != nil {
				t.Fatal(err)
			}
			want, err := run.RatesAt(t.Context(), images, c)
			if err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, "rates", got.Values, want.Values, golden.Value)
			still, err := run.Rates(t.Context(), images)
			if err != nil {
				t.Fatal(err)
			}
			for i := range c.Values {
				c.Values[i] = float32(math.NaN())
			}
			unknown, err := onnx.Run(library(t), model, images, c.Values)
			if err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, "rates where nothing is known", unknown.Values, still.Values, golden.Value)
			if apart := math.Abs(float64(want.Values[4] - still.Values[4])); apart < 1e-3 {
				t.Errorf("covariates change a rate by %g, which tests nothing", apart)
			}
			if _, err := onnx.Run(library(t), model, images, nil); err == nil || !strings.Contains(err.Error(), "takes") {
				t.Errorf("without covariates: error %v", err)
			}
		})
	}
}
