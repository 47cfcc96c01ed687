package insilico

import (
	"context"
	"math"
	"slices"

	"v1lab/datasets/array"
)

// Axes lists the values of each parameter in tuning experiments. nil means the values of DefaultAxes.
type Axes struct {
	Orientations   []float64 // of the wave, radians
	Frequencies    []float64 // cycles per pixel
	Phases         []float64 // radians
	Sizes          []float64 // pixels, for size-contrast tuning
	Contrasts      []float64 // for size-contrast tuning
	PlaidContrasts []float64 // of both Gabors of a plaid; 0 comes first, to show each Gabor alone
}

// DefaultAxes has the paper's 12 x 12 sizes and contrasts and 10 x 10 plaid contrasts. Its steps of orientation, frequency and phase are finer than those
// of the grids.
func DefaultAxes() Axes {
	return Axes{
		Orientations: Periodic(math.Pi, 24), Frequencies: Geometric(0.02, math.Sqrt2, 10), Phases: Periodic(2*math.Pi, 16),
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

// Tuning holds the rates of n neurons to variations of their optimal Gabors. Values of dead neurons are NaN.
type Tuning struct {
	Optimal      *Optimal
	Axes         Axes
	Grey         []float32   // [n], rates to the grey image
	Orientation  array.Array // [n, orientations]
	Frequency    array.Array // [n, frequencies]
	Phase        array.Array // [n, phases]
	SizeContrast array.Array // [n, sizes, contrasts]
	Plaids       array.Array // [n, contrasts of the orthogonal Gabor, contrasts of the optimal Gabor]
}

// Tuning finds the optimal Gabors of a grid and measures tuning curves around them: each curve varies one parameter, or two, and keeps the others optimal.
func (s *Subject) Tuning(ctx context.Context, neurons []int, grid Grid, axes Axes, o SearchOptions) (*Tuning, error) {
	best, err := s.OptimalGabors(ctx, neurons, grid, o)
	if err != nil {
		return nil, err
	}
	return s.TuningAround(best, axes)
}

// TuningAround measures the tuning curves around given Gabors, found before or chosen by hand.
func (s *Subject) TuningAround(best *Optimal, axes Axes) (*Tuning, error) {
	axes = axes.withDefaults()
	t := &Tuning{Optimal: best, Axes: axes}
	grey, _, err := s.respondAround(best, 1, func(Gabor, int) Plaid { return nil })
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

// SizeContrast returns rates [n, sizes, contrasts] to the optimal Gabors in other sizes and contrasts. The spatial frequency stays.
func (s *Subject) SizeContrast(best *Optimal, sizes, contrasts []float64) (array.Array, error) {
	rates, _, err := s.respondAround(best, len(sizes)*len(contrasts), func(g Gabor, i int) Plaid {
		g.Size, g.Contrast = sizes[i/len(contrasts)], contrasts[i%len(contrasts)]
		return Plaid{g}
	})
	rates.Shape = []int{len(best.Neurons), len(sizes), len(contrasts)}
	return rates, err
}

// Plaids returns rates [n, contrasts of the orthogonal Gabor, contrasts of the optimal Gabor] to the optimal Gabor and the same Gabor rotated by 90
// degrees, shown together.
func (s *Subject) Plaids(best *Optimal, contrasts []float64) (array.Array, error) {
	n := len(contrasts)
	rates, _, err := s.respondAround(best, n*n, func(g Gabor, i int) Plaid { return OrthogonalPlaid(g, contrasts[i%n], contrasts[i/n]) })
	rates.Shape = []int{len(best.Neurons), n, n}
	return rates, err
}

// OrthogonalPlaid is a Gabor in one contrast plus the same Gabor rotated by 90 degrees in another.
func OrthogonalPlaid(g Gabor, contrast, orthogonalContrast float64) Plaid {
	across := g
	across.Orientation += math.Pi / 2
	g.Contrast, across.Contrast = contrast, orthogonalContrast
	return Plaid{g, across}
}

// curve returns rates [n, values] to the optimal Gabors with one parameter varied.
func (s *Subject) curve(best *Optimal, values []float64, set func(g *Gabor, v float64)) (array.Array, error) {
	rates, _, err := s.respondAround(best, len(values), func(g Gabor, i int) Plaid {
		set(&g, values[i])
		return Plaid{g}
	})
	return rates, err
}

// respondAround returns rates [n, count] to count stimuli made from each neuron's optimal Gabor, and of an ensemble their SD between members.
func (s *Subject) respondAround(best *Optimal, count int, stimulus func(g Gabor, i int) Plaid) (rates array.Array, spread []float32, err error) {
	all := make([]float32, len(best.Neurons)*count)
	fillNaN(all)
	var plaids []Plaid
	var neurons, places []int
	for at, n := range best.Neurons {
		for i := range count {
			if !best.Dead[at] {
				plaids, neurons, places = append(plaids, stimulus(best.Gabors[at], i)), append(neurons, n), append(places, at*count+i)
			}
		}
	}
	if len(s.members) > 1 {
		spread = slices.Clone(all)
	}
	rates = array.New(all, len(best.Neurons), count)
	if len(neurons) == 0 {
		return rates, spread, nil
	}
	answers, between, err := s.respond(neurons, plaids)
	for i, v := range answers {
		if all[places[i]] = v; between != nil {
			spread[places[i]] = between[i]
		}
	}
	return rates, spread, err
}

// Preferred returns the value at which each neuron's curve [n, values] is highest, NaN where the curve is NaN.
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

// Bars returns each neuron's preferred orientation along the bars, [n], radians from 0 to below pi: 90 degrees from the wave, whose direction is the
// Gabor's Orientation. NaN for dead neurons.
func (t *Tuning) Bars() []float64 {
	list := Preferred(t.Orientation, t.Axes.Orientations)
	for i, wave := range list {
		list[i] = alongBars(wave)
	}
	return list
}

// SurroundSuppression returns each neuron's surround suppression at the highest contrast, [n]: (best - largest) / (best - grey), of the rates to the
// best size, the largest size and the grey image. It is 0 where larger is never worse, above 1 where the largest is worse than grey, and NaN where no
// Gabor excites.
func (t *Tuning) SurroundSuppression() []float64 {
	list := make([]float64, len(t.Grey))
	for n := range list {
		curve := t.atHighestContrast(n)
		list[n] = suppression(slices.Max(curve), curve[len(curve)-1], float64(t.Grey[n]))
	}
	return list
}

// CrossSuppression returns each neuron's cross-orientation suppression, [n]: (alone - plaid) / (alone - grey), of the rates to the optimal Gabor alone,
// the plaid and the grey image, all at the highest contrasts. It is below 0 where the orthogonal Gabor adds, and NaN where the optimal one does not excite.
func (t *Tuning) CrossSuppression() []float64 {
	k := len(t.Axes.PlaidContrasts)
	rates, list := t.Plaids.Data.([]float32), make([]float64, len(t.Grey))
	for n := range list {
		list[n] = suppression(float64(rates[n*k*k+k-1]), float64(rates[(n+1)*k*k-1]), float64(t.Grey[n]))
	}
	return list
}

func suppression(from, to, base float64) float64 {
	if !(from-base > minEffect) {
		return math.NaN()
	}
	return (from - to) / (from - base)
}
