package bench

import (
	"context"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/floats"

	"v1lab/datasets/array"
)

// Tolerance is the largest accepted relative difference from the reference for losses and rates of any system and for our gradients.
const Tolerance = 1e-4

// Rounding is the largest accepted relative difference for the gradients of peers, whose float32 rounding is coarser; see docs/explanation/same-numbers.md.
const Rounding = 1e-3

// minGradientShare is the smallest norm of a variable's gradient, as a share of the whole gradient's norm, that a difference is divided by. Batch
// normalisation almost cancels a shift of the maps before it, so the gradients of early betas are small differences of large sums, and mostly rounding.
const minGradientShare = 0.01

// Agreement holds the relative differences between one system, in float32 as it is timed, and the reference, which is the first peer's model in float64,
// on the same weights and images. For a gradient it is ||difference|| / max(||reference||, ||whole gradient|| / 100) over one variable.
type Agreement struct {
	Case          string  `json:"case"`
	System        string  `json:"system"`
	Poisson       float64 `json:"poisson"`
	Penalty       float64 `json:"penalty"`
	Rates         float64 `json:"rates"`    // in prediction
	Gradient      float64 `json:"gradient"` // the largest over all variables
	WorstVariable string  `json:"worst_variable"`
}

// checkAgreement starts systems on a problem, compares what they compute, and ends their processes, so that their memory does not count in later timings.
// Too large a difference is an error. Each problem is checked once, however many measurements use it.
func (b *bench) checkAgreement(ctx context.Context, name, dir string) error {
	if len(b.Systems) < 2 || b.checked[name] {
		return nil
	}
	b.checked[name] = true
	b.progressf("%s: do all compute the same?", name)
	crew, err := startWorkers(ctx, b.Systems, dir, filepath.Join(dir, "cache-agree"))
	if err != nil {
		return err
	}
	defer crew.stop()
	gradients := func(w *worker, exact bool) (map[string]array.Array, error) {
		path := filepath.Join(dir, "gradients.npz")
		if _, err := w.do(job{Do: doGradients, Path: path, Exact: exact}); err != nil {
			return nil, err
		}
		arrays, err := array.ReadNPZ(path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.system.Name, err)
		}
		return arrays, nil
	}
	reference, err := gradients(crew[1], true)
	if err != nil {
		return err
	}
	for _, w := range crew {
		arrays, err := gradients(w, false)
		if err != nil {
			return err
		}
		a, err := compare(reference, arrays, w.system.Name, accepted(w.system.Name))
		if err != nil {
			return fmt.Errorf("%s: %w of %s; nothing was timed", name, err, crew[1].system.Name)
		}
		a.Case = name
		b.report.Agreement = append(b.report.Agreement, a)
	}
	return nil
}

// accepted returns the largest accepted difference of a system's gradients or, for false, of its losses and rates.
func accepted(system string) func(gradient bool) float64 {
	return func(gradient bool) float64 {
		if gradient && system != Ours {
			return Rounding
		}
		return Tolerance
	}
}

// Differences computes how far the arrays that a process wrote with [Process.Evaluate] are from those that a reference wrote on the same problem. It judges
// nothing; arrays that lack something, differ in shape or hold values that are no numbers are an error.
func Differences(reference, found, system string) (Agreement, error) {
	var arrays [2]map[string]array.Array
	for i, path := range []string{reference, found} {
		var err error
		if arrays[i], err = array.ReadNPZ(path); err != nil {
			return Agreement{}, err
		}
	}
	a, err := compare(arrays[0], arrays[1], system, func(bool) float64 { return math.Inf(1) })
	if err != nil {
		return a, fmt.Errorf("%w in %s", err, reference)
	}
	return a, nil
}

// compare computes the differences of a system's arrays from the reference. The caller's error text continues after the word "reference".
func compare(reference, arrays map[string]array.Array, system string, accepted func(gradient bool) float64) (Agreement, error) {
	a := Agreement{System: system}
	whole, err := gradientNorm(reference)
	if err != nil {
		return a, err
	}
	for _, key := range slices.Sorted(maps.Keys(reference)) {
		variable, isGradient := strings.CutPrefix(key, gradientPrefix)
		least := 0.0
		if isGradient {
			least = minGradientShare * whole
		}
		found, ok := arrays[key]
		if !ok {
			return a, fmt.Errorf("%s: no %s in its answer, which is in the reference", system, key)
		}
		d, err := distance(reference[key], found, least)
		if err != nil {
			return a, fmt.Errorf("%s: %s: %w, unlike the reference", system, key, err)
		}
		switch {
		case isGradient && d >= a.Gradient:
			a.Gradient, a.WorstVariable = d, variable
		case key == poissonKey:
			a.Poisson = d
		case key == penaltyKey:
			a.Penalty = d
		case key == ratesKey:
			a.Rates = d
		}
		if most := accepted(isGradient); !(d <= most) {
			return a, fmt.Errorf("%s: %s differs by %.3g relative, accepted is up to %g, from the reference", system, key, d, most)
		}
	}
	return a, nil
}

func gradientNorm(arrays map[string]array.Array) (float64, error) {
	norm := 0.0
	for _, key := range slices.Sorted(maps.Keys(arrays)) {
		if strings.HasPrefix(key, gradientPrefix) {
			values, err := arrays[key].Float64s()
			if err != nil {
				return 0, fmt.Errorf("%s: %w, in the reference", key, err)
			}
			norm = math.Hypot(norm, floats.Norm(values, 2))
		}
	}
	return norm, nil
}

// distance is ||b - a|| / max(||a||, least), or ||b|| where that is zero.
func distance(a, b array.Array, least float64) (float64, error) {
	x, err := a.Float64s()
	if err != nil {
		return 0, err
	}
	y, err := b.Float64s()
	if err != nil {
		return 0, err
	}
	if len(x) != len(y) {
		return 0, fmt.Errorf("shape %s, not %s", array.FormatShape(b.Shape), array.FormatShape(a.Shape))
	}
	size := max(floats.Norm(x, 2), least)
	if size == 0 {
		size = 1
	}
	return floats.Distance(x, y, 2) / size, nil
}
