package fit

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/readout"
)

// typed is a fit of 12 steps with three validations, whose neurons are drawn to two types from the first on.
func typed() v1model.Config {
	config := tiny()
	config.Readout.Types = readout.Types{K: "2", Weight: 0.5, Start: 4}
	config.Fit.MaxSteps = 12
	return config
}

// Types are found at the first validation from their start on and refined at the others; neurons have moved towards what was expected of them. An interrupted
// fit does the same to the bit, wherever it stops.
func TestInterruptedTypesEndWithTheSameBits(t *testing.T) {
	config, dir := typed(), t.TempDir()
	whole := filepath.Join(dir, "whole")
	if err := cancelFitAt(t, config, whole, false, -1); err != nil {
		t.Fatal(err)
	}
	want := left(t, whole)
	labels, pull := want.Last.Float32(readout.TypeLabels), want.Last.Float32(readout.TypePull)
	for n, l := range labels {
		if l != 0 && l != 1 || !(pull[n] > 0 && pull[n] <= 1) {
			t.Errorf("neuron %d: type %g, drawn by %g", n, l, pull[n])
		}
	}
	if best := want.Weights.Float32(readout.TypeLabels); len(best) != 3 {
		t.Errorf("types %v among the weights that are kept, want those of 3 neurons", best)
	}
	for _, step := range []int{3, 4, 6, 8} {
		broken := filepath.Join(dir, "broken", string(rune('0'+step)))
		if err := cancelFitAt(t, config, broken, false, step); !errors.Is(err, ErrInterrupted) {
			t.Fatalf("error %v, want an interruption", err)
		}
		if err := cancelFitAt(t, config, broken, true, -1); err != nil {
			t.Fatal(err)
		}
		if d := want.diff(left(t, broken)); d != "" {
			t.Errorf("unbroken and interrupted at step %d differ:\n%s", step, d)
		}
	}
}

// A strong pull brings neurons of a type together, and one that comes later than the fit lasts changes nothing.
func TestTypesDrawNeuronsTogether(t *testing.T) {
	spread := func(types readout.Types) (sum float64, o outcome) {
		config := typed()
		config.Fit.MaxSteps, config.Readout.Types = 60, types
		_, _, path, err := run(t, small(), config, Options{})
		if err != nil {
			t.Fatal(err)
		}
		o = left(t, path)
		m, err := v1model.New(config, opened(t, path).Dataset.Shape)
		if err != nil {
			t.Fatal(err)
		}
		rotations, _ := core.Rotations(m.Core)
		l := loop{device: &device{model: m}}
		w := l.livingWeights(slices.Clone(o.Last.Float32(readout.Features)))
		if w.Rotations != rotations || w.Neurons != 3 {
			t.Fatalf("weights of %d rotations and %d neurons", w.Rotations, w.Neurons)
		}
		unit := w.Normalised()
		for i, v := range o.Last.Float32(readout.TypeTargets) {
			sum += float64(v-unit.Values[i]) * float64(v-unit.Values[i])
		}
		return sum, o
	}
	weak, _ := spread(readout.Types{K: "2", Weight: 1e-6, Start: 4})
	strong, _ := spread(readout.Types{K: "2", Weight: 5, Start: 4})
	if !(strong < 0.8*weak) {
		t.Errorf("squared distance to the types %g at a strong pull, %g at hardly any", strong, weak)
	}
	_, none := spread(readout.Types{Weight: 5, Start: 1000})
	config := typed()
	config.Fit.MaxSteps, config.Readout.Types = 60, readout.Types{}
	_, _, path, err := run(t, small(), config, Options{})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "weights before the types begin", none.Last.Float32(readout.Features), left(t, path).Last.Float32(readout.Features))
	if labels := none.Last.Float32(readout.TypeLabels); !slices.Equal(labels, []float32{-1, -1, -1}) {
		t.Errorf("types %v before they begin", labels)
	}
}

// More types than neurons are named before the fit.
func TestTypesThatCannotBeFound(t *testing.T) {
	config := typed()
	config.Readout.Types.K = "9"
	err := cancelFitAt(t, config, filepath.Join(t.TempDir(), "run"), false, -1)
	if want := "readout.types.k: 9, the recording has 3 neurons"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}
