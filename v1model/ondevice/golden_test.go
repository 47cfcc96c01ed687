package ondevice_test

import (
	"context"
	"testing"

	"v1lab/datasets"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/golden"
	"v1lab/v1model/ondevice"
	"v1lab/v1model/readout"
)

// The reference's predictions after thirty training steps.
func TestRatesEqualReference(t *testing.T) {
	f := golden.Open(t, "../testdata/trajectory.npz")
	var r struct {
		Core golden.CoreConfig `json:"core"`
	}
	f.Config(&r)
	config, err := v1model.Load("")
	if err != nil {
		t.Fatal(err)
	}
	config.Readout = readout.Config{Kind: readout.JointL1}
	im, want := f.Float32("images_val"), f.Float32("final_val_predictions")
	images := datasets.Images{N: im.Shape[0], Height: im.Shape[1], Width: im.Shape[2], Channels: im.Shape[3], Pixels: im.Data.([]float32)}
	for _, evaluation := range golden.Matrix(core.Evaluations) {
		config.Core = r.Core.Core()
		config.Core.SetEvaluation(evaluation)
		m, err := v1model.New(config, v1model.Shape{Height: images.Height, Width: images.Width, Channels: images.Channels, Neurons: want.Shape[1]})
		if err != nil {
			t.Fatal(err)
		}
		p, err := ondevice.New(pjrttest.Backend(t), m, f.Weights("final."))
		if err != nil {
			t.Fatal(err)
		}
		rates, err := p.Rates(context.Background(), images)
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, "final_val_predictions, "+evaluation, rates.Values, want.Data.([]float32), golden.Value)
	}
}
