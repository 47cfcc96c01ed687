package fit

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"v1lab/datasets"
	"v1lab/kernels/pjrt/pjrttest"
	"v1lab/v1model"
	"v1lab/v1model/readout"
	"v1lab/v1model/runfolder"
)

func gaussian() v1model.Config {
	config := tiny()
	config.Readout = readout.Config{Kind: readout.Gaussian, FeatureSparsity: 0.01}
	config.Fit.MaxSteps = 10
	return config
}

// Sampled positions are part of what a resumed fit repeats to the bit; positions stay on the maps.
func TestInterruptedSamplingEndsWithTheSameBits(t *testing.T) {
	dir, backend := t.TempDir(), pjrttest.Backend(t)
	whole, broken := filepath.Join(dir, "whole"), filepath.Join(dir, "broken")
	if _, _, err := Run(context.Background(), backend, small(), gaussian(), whole, Options{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	_, _, err := Run(ctx, backend, small(), gaussian(), broken, Options{Progress: func(p Progress) {
		if p.Steps == 6 {
			cancel()
		}
	}})
	if !errors.Is(err, ErrInterrupted) {
		t.Fatalf("error %v, want an interruption", err)
	}
	if _, _, err := Resume(context.Background(), backend, small(), broken, Options{}); err != nil {
		t.Fatal(err)
	}
	want := left(t, whole)
	if d := want.diff(left(t, broken)); d != "" {
		t.Errorf("unbroken and interrupted differ:\n%s", d)
	}
	if state := want.Last.Float32(readout.NoiseState); state[1] != 10 || want.Result.Steps != 10 {
		t.Errorf("noise state %v, want one step each up to the cap: %+v", state, want.Result)
	}
	moved := false
	for i, v := range want.Last.Float32(readout.Means) {
		moved = moved || v != 0 && want.Last.Float32(readout.Means + firstMoment)[i] != 0
		if v < -1 || v > 1 {
			t.Errorf("position %g, want from -1 to 1", v)
		}
	}
	if !moved {
		t.Error("no position was trained")
	}
}

// Strengths of neurons are trained with the readout, and are part of what a resumed fit repeats to the bit. Without them nothing is trained in their place.
func TestInterruptedStrengthsEndWithTheSameBits(t *testing.T) {
	config := tiny()
	config.Readout.Adaptive, config.Fit.MaxSteps = true, 10
	dir := t.TempDir()
	whole, broken := filepath.Join(dir, "whole"), filepath.Join(dir, "broken")
	if err := cancelFitAt(t, config, whole, false, -1); err != nil {
		t.Fatal(err)
	}
	if err := cancelFitAt(t, config, broken, false, 6); !errors.Is(err, ErrInterrupted) {
		t.Fatalf("error %v, want an interruption", err)
	}
	if err := cancelFitAt(t, config, broken, true, -1); err != nil {
		t.Fatal(err)
	}
	want := left(t, whole)
	if d := want.diff(left(t, broken)); d != "" {
		t.Errorf("unbroken and interrupted differ:\n%s", d)
	}
	for n, s := range readout.Strengths(want.Last) {
		if s == 1 || s < 0.5 || s > 2 {
			t.Errorf("strength %g of neuron %d, want another than 1, but near", s, n)
		}
	}
}

// Places on cortex are among a model's variables, and no step changes them.
func TestPlacesOnCortexStay(t *testing.T) {
	data, config := small(), gaussian()
	config.Readout.Grid = readout.Cortex
	data.Neurons = []datasets.Neuron{{X: 0, Y: 10}, {X: 20, Y: 30}, {X: -20, Y: 5}}
	_, _, path, err := run(t, data, config, Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := v1model.New(config, runfolder.Describe(data).Shape)
	if err != nil {
		t.Fatal(err)
	}
	start, _, err := m.Start(data)
	if err != nil {
		t.Fatal(err)
	}
	end := left(t, path).Last
	near(t, "places", end.Float32(readout.CortexPlaces), start.Float32(readout.CortexPlaces))
	if slices.Equal(end.Float32(readout.GridMap), start.Float32(readout.GridMap)) {
		t.Error("the map from cortex was not trained")
	}
}

// What a readout can't start from leaves no run folder behind.
func TestReadoutThatCannotStartIsNamed(t *testing.T) {
	config := gaussian()
	config.Readout.Grid = readout.Cortex
	_, _, path, err := run(t, small(), config, Options{})
	fails(t, err, "readout.grid: cortex, the data know the places of 0 neurons of 3; accepted: independent")
	if _, err := runfolder.Open(path); err == nil {
		t.Error("a run folder was left")
	}
}
