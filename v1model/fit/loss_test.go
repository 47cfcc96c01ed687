package fit

import (
	"context"
	"errors"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/datasets"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/loss"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
	"v1lab/v1model/score"
)

// signed is a recording whose neurons follow one pixel each, above and below 0, like z-scored responses, and some responses are missing.
func signed() *datasets.Dataset {
	d := recording(300, 80, 7, 6, 3)
	d.Spec = "noise?normalise=signed"
	for _, part := range []datasets.Part{d.Train, d.Val} {
		for i := range part.Responses.N {
			for j := range part.Responses.Neurons {
				part.Responses.At(i)[j] = part.Images.At(i)[(7*j+21)%42]
			}
		}
	}
	for i := 0; i < 300; i += 7 {
		d.Train.Responses.At(i)[i%3] = float32(math.NaN())
	}
	return d
}

func linear() v1model.Config {
	config := tiny()
	config.Fit.Loss, config.Core.Activations = loss.Gaussian, []string{"none"}
	config.Core.Smoothness, config.Core.Sparsity, config.Readout.Sparsity = 0, 0, 0.001
	config.Fit.Batch, config.Fit.ValidateEvery, config.Fit.MaxSteps = 50, 20, 400
	return config
}

// With the Gaussian loss a model learns responses of both signs; its validation loss is that of the predictions of the weights kept, and
// biases start at the mean responses.
func TestGaussianLossLearnsSignedResponses(t *testing.T) {
	data, config := signed(), linear()
	result, _, path, err := run(t, data, config, Options{})
	if err != nil {
		t.Fatal(err)
	}
	folder, err := runfolder.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	rates, err := rates(t, folder, data.Val.Images)
	if err != nil {
		t.Fatal(err)
	}
	corr, err := score.Correlation(rates, data.Val.Responses)
	if err != nil {
		t.Fatal(err)
	}
	for n, c := range corr {
		if c < 0.9 {
			t.Errorf("neuron %d: correlation %.2f", n, c)
		}
	}
	negative := 0
	for _, v := range rates.Values {
		if v < 0 {
			negative++
		}
	}
	if share := float64(negative) / float64(len(rates.Values)); share < 0.3 || share > 0.7 {
		t.Errorf("%.2f of the predictions are negative, want about a half", share)
	}
	want := meanLoss(t, config, rates, data.Val.Responses)
	near(t, "validation loss", []float32{float32(result.ValLoss)}, []float32{float32(want)})
	m, err := v1model.New(config, folder.Dataset.Shape)
	if err != nil {
		t.Fatal(err)
	}
	start, silent, err := m.Start(data)
	if err != nil || len(silent) > 0 {
		t.Fatalf("silent %v, error %v", silent, err)
	}
	near(t, "start biases", start.Float32(readout.Biases), data.Train.Responses.Means())
}

func TestInterruptedGaussianFitEndsWithTheSameBits(t *testing.T) {
	dir, backend, config := t.TempDir(), pjrttest.Backend(t), linear()
	config.Fit.MaxSteps, config.Fit.ValidateEvery = 10, 4
	whole, broken := filepath.Join(dir, "whole"), filepath.Join(dir, "broken")
	if _, _, err := Run(t.Context(), backend, signed(), config, whole, Options{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, _, err := Run(ctx, backend, signed(), config, broken, Options{Progress: func(p Progress) {
		if p.Steps == 6 {
			cancel()
		}
	}})
	if !errors.Is(err, ErrInterrupted) {
		t.Fatalf("error %v, want an interruption", err)
	}
	if _, _, err := Resume(t.Context(), backend, signed(), broken, Options{}); err != nil {
		t.Fatal(err)
	}
	if d := left(t, whole).diff(left(t, broken)); d != "" {
		t.Errorf("unbroken and interrupted differ:\n%s", d)
	}
}

// What a loss would spoil is refused before there is a run folder.
func TestLossAndResponsesMustSuit(t *testing.T) {
	data, config := signed(), linear()
	config.Fit.Loss = ""
	_, _, path, err := run(t, data, config, Options{})
	fails(t, err, "fit.loss: poisson, found the response -")
	if _, err := runfolder.Open(path); err == nil {
		t.Error("a run folder was left")
	}
	data = signed()
	data.Normalisation = &datasets.Normalisation{Method: datasets.Reference, ImageSD: 1, ResponseSD: []float64{1, 1, 1}, Clipped: 12}
	_, _, _, err = run(t, data, linear(), Options{})
	fails(t, err, "fit.loss: gaussian, and normalise=reference set 12 negative responses")
}

// A config of the default loss is written as before there was a choice, named or not.
func TestDefaultLossIsNotWritten(t *testing.T) {
	plain, named, other := tiny(), tiny(), linear()
	named.Fit.Loss = loss.Poisson
	for _, c := range []struct {
		config v1model.Config
		want   bool
	}{{plain, false}, {named, false}, {other, true}} {
		text, err := c.config.YAML()
		if err != nil || strings.Contains(string(text), "loss:") != c.want {
			t.Errorf("loss %q, error %v:\n%s", c.config.Fit.Loss, err, text)
		}
	}
	if !named.SameFit(plain) || other.SameFit(plain) {
		t.Error("poisson is the default, and gaussian is not")
	}
}
