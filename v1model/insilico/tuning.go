package insilico

import (
	"context"
	"math"
	"slices"

	"v1lab/datasets/array"
)

// Axes are the values that tuning experiments go through; nil means those of DefaultAxes.
type Axes struct {
	Orientations   []float64 // radians
	Frequencies    []float64 // cycles per pixel
	Phases         []float64 // radians
	Sizes          []float64 // pixels, of size-contrast tuning
	Contrasts      []float64 // of size-contrast tuning
	PlaidContrasts []float64 // of both Gabors of a plaid; 0 first shows each alone
}

// DefaultAxes has the paper's 12 x 12 sizes and contrasts and 10 x 10 contrasts of plaids, and finer steps of orientation, frequency and phase
// than the grids have.
func DefaultAxes() Axes {
	return Axes{
		Orientations: Around(math.Pi, 24), Frequencies: Geometric(0.02, math.Sqrt2, 10), Phases: Around(2*math.Pi, 16),
		Sizes: Geometric(4, 1.25, 12), Contrasts: Geometric(0.125, math.Sqrt2, 12),
		PlaidContrasts: append([]float64{0}, Geometric(0.25, math.Sqrt2, 9)...),
	}
}

func (a Axes) withDefaults() Axes {
	d := DefaultAxes()
	for _, v := range []struct{ to, from *[]float64 }{
		{&a.Orientations, &d.Orientations}, {&a.Frequencies, &d.Frequencies}, {&a.Phases, &d.Phases},
		{&a.Sizes, &d.Sizes}, {&a.Contrasts, &d.Contrasts}, {&a.PlaidContrasts, &d.PlaidContrasts},
	} {
		if len(*v.to) == 0 {
			*v.to = *v.from
		}
	}
	return a
}

// Tuning is the answers of n neurons to Gabors around their optimal ones, all rates of the model. What belongs to dead neurons is NaN.
type Tuning struct {
	Optimal      *Optimal
	Axes         Axes
	Grey         []float32   // [n], to the grey image
	Orientation  array.Array // [n, orientations]
	Frequency    array.Array // [n, frequencies]
	Phase        array.Array // [n, phases]
	SizeContrast array.Array // [n, sizes, contrasts]
	Plaids       array.Array // [n, contrasts of the Gabor across, contrasts of the optimal one]
}

// Tuning finds optimal Gabors in a grid and measures curves around them, where all but the named properties stay optimal.
func (s *Subject) Tuning(ctx context.Context, neurons []int, grid Grid, axes Axes, o SearchOptions) (*Tuning, error) {
	best, err := s.OptimalGabors(ctx, neurons, grid, o)
	if err != nil {
		return nil, err
	}
	return s.TuningAround(best, axes)
}

// TuningAround measures the curves around Gabors that were found before, or chosen by hand.
func (s *Subject) TuningAround(best *Optimal, axes Axes) (*Tuning, error) {
	axes = axes.withDefaults()
	t := &Tuning{Optimal: best, Axes: axes}
	grey, err := s.around(best, 1, func(Gabor, int) Plaid { return nil })
	if err != nil {
		return nil, err
	}
	t.Grey = grey.Data.([]float32)
	if t.Orientation, err = s.curve(best, axes.Orientations, func(g *Gabor, v float64) { g.Orientation = v }); err != nil {
		return nil, err
	}
	if t.Frequency, err = s.curve(best, axes.Frequencies, func(g *Gabor, v float64) { g.Frequency = v }); err != nil {
		return nil, err
	}
	if t.Phase, err = s.curve(best, axes.Phases, func(g *Gabor, v float64) { g.Phase = v }); err != nil {
		return nil, err
	}
	if t.SizeContrast, err = s.SizeContrast(best, axes.Sizes, axes.Contrasts); err != nil {
		return nil, err
	}
	t.Plaids, err = s.Plaids(best, axes.PlaidContrasts)
	return t, err
}

// SizeContrast shows the optimal Gabors in other sizes and contrasts; the spatial frequency stays. Rates [n, sizes, contrasts].
func (s *Subject) SizeContrast(best *Optimal, sizes, contrasts []float64) (array.Array, error) {
	rates, err := s.around(best, len(sizes)*len(contrasts), func(g Gabor, i int) Plaid {
		g.Size, g.Contrast = sizes[i/len(contrasts)], contrasts[i%len(contrasts)]
		return Plaid{g}
	})
	rates.Shape = []int{len(best.Neurons), len(sizes), len(contrasts)}
	return rates, err
}

// Plaids shows the optimal Gabor and the same turned by 90 degrees together, in all pairs of contrasts. Rates [n, turned, optimal].
func (s *Subject) Plaids(best *Optimal, contrasts []float64) (array.Array, error) {
	n := len(contrasts)
	rates, err := s.around(best, n*n, func(g Gabor, i int) Plaid { return Across(g, contrasts[i%n], contrasts[i/n]) })
	rates.Shape = []int{len(best.Neurons), n, n}
	return rates, err
}

// Across is a Gabor in one contrast with the same turned by 90 degrees in another.
func Across(g Gabor, contrast, turned float64) Plaid {
	across := g
	across.Orientation += math.Pi / 2
	g.Contrast, across.Contrast = contrast, turned
	return Plaid{g, across}
}

// curve varies one property of the optimal Gabors, [n, values].
func (s *Subject) curve(best *Optimal, values []float64, set func(g *Gabor, v float64)) (array.Array, error) {
	return s.around(best, len(values), func(g Gabor, i int) Plaid {
		set(&g, values[i])
		return Plaid{g}
	})
}

// around shows count stimuli made from each neuron's optimal Gabor, [n, count].
func (s *Subject) around(best *Optimal, count int, stimulus func(g Gabor, i int) Plaid) (array.Array, error) {
	rates := make([]float32, len(best.Neurons)*count)
	nan(rates)
	var plaids []Plaid
	var neurons, places []int
	for at, n := range best.Neurons {
		for i := range count {
			if !best.Dead[at] {
				plaids, neurons, places = append(plaids, stimulus(best.Gabors[at], i)), append(neurons, n), append(places, at*count+i)
			}
		}
	}
	result := array.New(rates, len(best.Neurons), count)
	if len(neurons) == 0 {
		return result, nil
	}
	answers, err := s.Respond(neurons, plaids)
	for i, v := range answers {
		rates[places[i]] = v
	}
	return result, err
}

// Preferred is the value at which each neuron's curve [n, values] is highest; NaN where the curve is.
func Preferred(curves array.Array, values []float64) []float64 {
	var list []float64
	for curve := range slices.Chunk(curves.Data.([]float32), len(values)) {
		if math.IsNaN(float64(curve[0])) {
			list = append(list, math.NaN())
			continue
		}
		top := 0
		for i, v := range curve {
			if v > curve[top] {
				top = i
			}
		}
		list = append(list, values[top])
	}
	return list
}

// SurroundSuppression is, at the highest contrast, the share of a neuron's best answer above that to grey that its largest Gabor takes away:
// 0 where larger is never worse, above 1 where the largest is worse than grey. NaN where no Gabor excites.
func (t *Tuning) SurroundSuppression() []float64 {
	sizes, contrasts := len(t.Axes.Sizes), len(t.Axes.Contrasts)
	rates, list := t.SizeContrast.Data.([]float32), make([]float64, len(t.Grey))
	for n := range list {
		at := func(size int) float64 { return float64(rates[(n*sizes+size)*contrasts+contrasts-1]) }
		top := at(0)
		for i := range sizes {
			top = max(top, at(i))
		}
		list[n] = taken(top, at(sizes-1), float64(t.Grey[n]))
	}
	return list
}

// CrossSuppression is the share of a neuron's answer above grey to the optimal Gabor alone, at the highest contrast, that the one across takes
// away at its highest: below 0 where it adds. NaN where the Gabor does not excite.
func (t *Tuning) CrossSuppression() []float64 {
	k := len(t.Axes.PlaidContrasts)
	rates, list := t.Plaids.Data.([]float32), make([]float64, len(t.Grey))
	for n := range list {
		list[n] = taken(float64(rates[n*k*k+k-1]), float64(rates[(n+1)*k*k-1]), float64(t.Grey[n]))
	}
	return list
}

func taken(from, to, base float64) float64 {
	if !(from-base > leastEffect) {
		return math.NaN()
	}
	return (from - to) / (from - base)
}
