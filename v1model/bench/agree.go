package bench

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"gonum.org/v1/gonum/floats"

	"v1lab/datasets/array"
)

// Tolerance is how far a peer's loss, rates or gradient of any variable may be from ours, relative to their size.
const Tolerance = 1e-4

// smallest is the size, as a share of the whole gradient's, below which a variable's gradient counts as this large. Batch normalisation all but
// undoes a shift of the maps before it, so the gradients of early betas are small differences of large sums: PyTorch's own in float32 and in
// float64 are 1.6e-4 apart at the paper's size, where such a gradient is 0.0016 of the whole.
const smallest = 0.01

// Agreement is how far one peer is from ours on the same weights and images, relative differences. That of a gradient is
// ||peer - ours|| / max(||ours||, ||whole gradient|| / 100) over one variable.
type Agreement struct {
	Case          string  `json:"case"`
	System        string  `json:"system"`
	Poisson       float64 `json:"poisson"`
	Penalty       float64 `json:"penalty"`
	Rates         float64 `json:"rates"`    // in prediction, as gradients are compared
	Gradient      float64 `json:"gradient"` // the largest over all variables
	WorstVariable string  `json:"worst_variable"`
}

// agree has every worker compute losses, gradients and rates and compares them with those of the first. What is not within Tolerance
// is an error with the numbers.
func (c crew) agree(name, dir string) ([]Agreement, error) {
	var ours map[string]array.Array
	var list []Agreement
	for i, w := range c {
		path := filepath.Join(dir, fmt.Sprintf("gradients-%d.npz", i))
		if _, err := w.do(job{Do: doGradients, Path: path}); err != nil {
			return list, err
		}
		arrays, err := array.ReadNPZ(path)
		if err != nil {
			return list, fmt.Errorf("%s: %w", w.system.Name, err)
		}
		if i == 0 {
			ours = arrays
			continue
		}
		a, err := compare(name, w.system.Name, ours, arrays)
		if err != nil {
			return list, err
		}
		list = append(list, a)
	}
	return list, nil
}

func compare(name, system string, ours, peer map[string]array.Array) (Agreement, error) {
	a := Agreement{Case: name, System: system}
	whole := 0.0
	for key, gradient := range ours {
		if strings.HasPrefix(key, gradientPrefix) {
			values, err := gradient.Float64s()
			if err != nil {
				return a, err
			}
			whole = math.Hypot(whole, floats.Norm(values, 2))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(ours)) {
		theirs, ok := peer[key]
		if !ok {
			return a, fmt.Errorf("%s: no %s in its answer", system, key)
		}
		least := 0.0
		if strings.HasPrefix(key, gradientPrefix) {
			least = smallest * whole
		}
		d, err := distance(ours[key], theirs, least)
		if err != nil {
			return a, fmt.Errorf("%s: %s: %w", system, key, err)
		}
		switch key {
		case poissonKey:
			a.Poisson = d
		case penaltyKey:
			a.Penalty = d
		case ratesKey:
			a.Rates = d
		default:
			if d >= a.Gradient {
				a.Gradient, a.WorstVariable = d, key[len(gradientPrefix):]
			}
		}
		if !(d <= Tolerance) {
			return a, fmt.Errorf("%s does not agree with %s on %s: %s differs by %.3g relative, accepted is up to %g; nothing was timed", system, Ours, name, key, d, Tolerance)
		}
	}
	return a, nil
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
		return 0, fmt.Errorf("shape %s, ours is %s", array.FormatShape(b.Shape), array.FormatShape(a.Shape))
	}
	size := max(floats.Norm(x, 2), least)
	if size == 0 {
		size = 1
	}
	return floats.Distance(x, y, 2) / size, nil
}
