package insilico

import (
	"math"
	"slices"
)

// OrientationSelectivity returns each neuron's selectivity for orientation, [n]: |sum of effect * exp(2 i orientation)| / sum of effects, one minus the circular
// variance (Ringach, Shapley and Hawken, 2002), where the effect is the rate above that of the grey image, at least 0. It is 0 where all orientations excite
// alike, 1 where a single one does, and NaN where none excites.
func (t *Tuning) OrientationSelectivity() []float64 {
	return t.resultants(t.Orientation.Data.([]float32), t.Axes.Orientations, 2)
}

// PhaseModulation returns how much the rate depends on the phase of the optimal Gabor, [n]: 2 |sum of effect * exp(i phase)| / sum of effects, the first
// harmonic over the mean of the rate above that of the grey image (Skottun et al., 1991). It is 0 for an ideal complex cell, pi/2 for a half-rectified sum,
// and NaN where no phase excites.
func (t *Tuning) PhaseModulation() []float64 {
	list := t.resultants(t.Phase.Data.([]float32), t.Axes.Phases, 1)
	for i := range list {
		list[i] *= 2
	}
	return list
}

// resultants is the length of the mean vector of the effects of each curve, [n, angles], at a multiple of the angles.
func (t *Tuning) resultants(rates []float32, angles []float64, multiple float64) []float64 {
	list := make([]float64, len(t.Grey))
	for n := range list {
		var x, y, sum float64
		for i, rate := range rates[n*len(angles) : (n+1)*len(angles)] {
			sin, cos := math.Sincos(multiple * angles[i])
			effect := max(float64(rate-t.Grey[n]), 0)
			x, y, sum = x+effect*cos, y+effect*sin, sum+effect
		}
		if list[n] = math.NaN(); sum > minEffect {
			list[n] = math.Hypot(x, y) / sum
		}
	}
	return list
}

// atHighestContrast is a neuron's curve over sizes.
func (t *Tuning) atHighestContrast(n int) []float64 {
	sizes, contrasts := len(t.Axes.Sizes), len(t.Axes.Contrasts)
	curve := make([]float64, sizes)
	for i := range curve {
		curve[i] = float64(t.SizeContrast.Data.([]float32)[(n*sizes+i)*contrasts+contrasts-1])
	}
	return curve
}

// peak is the place of the highest value, the first of equals.
func peak(curve []float64) int { return slices.Index(curve, slices.Max(curve)) }

// PreferredSize returns the size of the Gabor, in pixels, that excites each neuron most at the highest contrast, [n]; NaN for dead neurons.
func (t *Tuning) PreferredSize() []float64 {
	list := make([]float64, len(t.Grey))
	for n := range list {
		if curve := t.atHighestContrast(n); math.IsNaN(curve[0]) {
			list[n] = math.NaN()
		} else {
			list[n] = t.Axes.Sizes[peak(curve)]
		}
	}
	return list
}

// HalfContrast returns the contrast at which the Gabor of the preferred size has half of its effect on the rate at the highest contrast, [n], by
// interpolation over contrast: the lower, the earlier the neuron saturates. It is the lowest contrast where that has half of the effect already, and NaN
// where the Gabor does not excite.
func (t *Tuning) HalfContrast() []float64 {
	sizes, contrasts := len(t.Axes.Sizes), t.Axes.Contrasts
	list := make([]float64, len(t.Grey))
	for n := range list {
		curve := t.atHighestContrast(n)
		if list[n] = math.NaN(); math.IsNaN(curve[0]) {
			continue
		}
		row := t.SizeContrast.Data.([]float32)[(n*sizes+peak(curve))*len(contrasts):][:len(contrasts)]
		grey, top := float64(t.Grey[n]), float64(row[len(row)-1])
		if !(top-grey > minEffect) {
			continue
		}
		half := (grey + top) / 2
		i := slices.IndexFunc(row, func(v float32) bool { return float64(v) >= half })
		if list[n] = contrasts[i]; i > 0 {
			below, above := float64(row[i-1]), float64(row[i])
			list[n] = contrasts[i-1] + (contrasts[i]-contrasts[i-1])*(half-below)/(above-below)
		}
	}
	return list
}
