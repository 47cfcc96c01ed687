package insilico

import (
	"cmp"
	"fmt"
	"slices"

	"v1lab/datasets/array"
)

// Conversion of results to the named arrays of an archive, and back. Every archive has the arrays "neuron", which lists its n neurons, and "dead", which
// marks those that nothing excites.

// Arrays returns neuron and dead [n], and rf and masked [n, height, width] or [n, height, width, channels].
func (f *Fields) Arrays() map[string]array.Array {
	return map[string]array.Array{"neuron": array.New(f.Neurons), "dead": array.New(f.Dead), "rf": f.Raw, "masked": f.Masked}
}

// Arrays returns neuron and dead [n], images [n, k, ...], rates, loss and image_steps [n, k], and steps [n], the largest number of steps of the neuron's
// images. Of an ensemble, rates_spread [n, k], the SD between its members. Of inhibiting images, inhibiting, true. Of diverse images, share, highest_rate and
// invariance [n]. If recorded units are known, recorded_images as images, image_mean, image_sd, and as far as they are there training_range [2], range [2] and std.
func (m *MEIs) Arrays() map[string]array.Array {
	var most []int64
	for steps := range slices.Chunk(m.Steps.Data.([]int64), m.Steps.Shape[1]) {
		most = append(most, slices.Max(steps))
	}
	all := map[string]array.Array{
		"neuron": array.New(m.Neurons), "dead": array.New(m.Dead), "images": m.Images, "rates": m.Rates, "loss": m.Loss, "image_steps": m.Steps, "steps": array.New(most),
	}
	if m.Spread.Shape != nil {
		all["rates_spread"] = m.Spread
	}
	if m.Inhibiting {
		all["inhibiting"] = array.Scalar(true)
	}
	if m.Diverse {
		all["share"], all["highest_rate"], all["invariance"] = array.Scalar(m.Share), array.New(m.Most), array.New(m.Invariance())
	}
	if u := m.Units; u != nil {
		all[recordedImages], all["image_mean"], all["image_sd"] = m.Recorded, array.Scalar(u.Mean), array.Scalar(u.SD)
		if u.Training != nil {
			all["training_range"] = array.New(u.Training)
		}
		if u.Range != nil {
			all["range"] = array.New(u.Range)
		}
		if u.Std != 0 {
			all["std"] = array.Scalar(u.Std)
		}
	}
	return all
}

// recordedImages names the images in recorded units. Archives of earlier versions lack them.
const recordedImages = "recorded_images"

// unitsFromArrays reads what Arrays writes of units.
func (m *MEIs) unitsFromArrays(r *reader) {
	if _, ok := r.arrays[recordedImages]; !ok {
		return
	}
	m.Recorded = r.array(recordedImages)
	if pixels := r.float32s(recordedImages); r.err == nil {
		m.Recorded = array.New(pixels, m.Recorded.Shape...)
	}
	pair := func(name string) []float64 {
		if _, ok := r.arrays[name]; !ok {
			return nil
		}
		values := r.float64s(name)
		if r.err == nil && len(values) != 2 {
			r.err = fmt.Errorf("%s: %d values; accepted: 2", name, len(values))
		}
		return values
	}
	m.Units = &Units{Mean: r.number("image_mean"), SD: r.number("image_sd"), Training: pair("training_range"), Range: pair("range")}
	if _, ok := r.arrays["std"]; ok {
		m.Units.Std = r.number("std")
	}
	if r.err == nil && !slices.Equal(m.Recorded.Shape, m.Images.Shape) {
		r.err = fmt.Errorf("%s %s; accepted: %s, as images", recordedImages, array.FormatShape(m.Recorded.Shape), array.FormatShape(m.Images.Shape))
	}
}

// MEIsFromArrays is the inverse of MEIs.Arrays. It also reads archives of earlier notebooks, in which steps is [n, k].
func MEIsFromArrays(arrays map[string]array.Array) (*MEIs, error) {
	r := reader{arrays: arrays}
	m := &MEIs{Neurons: r.ints("neuron"), Dead: r.bools("dead"), Images: r.array("images"), Steps: r.array("image_steps", "steps")}
	if loss := r.array("loss"); r.err == nil {
		m.Loss = array.New(r.float32s("loss"), loss.Shape...)
	}
	if rates := r.array("rates"); r.err == nil {
		m.Rates = array.New(r.float32s("rates"), rates.Shape...)
	}
	if _, ok := arrays["inhibiting"]; ok {
		marks := r.bools("inhibiting")
		m.Inhibiting = len(marks) == 1 && marks[0]
	}
	if _, ok := arrays["share"]; ok {
		m.Diverse, m.Share, m.Most = true, r.number("share"), r.float32s("highest_rate")
		if r.err == nil && len(m.Most) != len(m.Neurons) {
			r.err = fmt.Errorf("highest_rate: %d values for %d neurons; accepted: one of each", len(m.Most), len(m.Neurons))
		}
	}
	if _, ok := arrays["rates_spread"]; ok && r.err == nil {
		m.Spread = array.New(r.float32s("rates_spread"), m.Rates.Shape...)
	}
	if steps := m.Steps; r.err == nil {
		m.Steps = array.New(r.int64s("image_steps", "steps"), steps.Shape...)
	}
	if r.err == nil && (len(m.Images.Shape) < 4 || !slices.Equal(m.Rates.Shape, m.Images.Shape[:2]) || !slices.Equal(m.Loss.Shape, m.Images.Shape[:2]) || !slices.Equal(m.Steps.Shape, m.Images.Shape[:2]) ||
		m.Images.Shape[0] != len(m.Neurons) || len(m.Dead) != len(m.Neurons)) {
		r.err = fmt.Errorf("images %s with rates %s and steps %s for %d neurons, %d marks of dead ones; accepted: [neurons, k, height, width] with [neurons, k]",
			array.FormatShape(m.Images.Shape), array.FormatShape(m.Rates.Shape), array.FormatShape(m.Steps.Shape), len(m.Neurons), len(m.Dead))
	}
	m.unitsFromArrays(&r)
	return m, r.err
}

// Order lists the images of neuron m.Neurons[i], the best first: by decreasing rate, and inhibiting images by increasing loss, because their rates may all
// be nearly 0. Diverse images are each followed by the most similar one.
func (m *MEIs) Order(i int) []int {
	if m.Diverse {
		return m.chain(i)
	}
	k := m.Rates.Shape[1]
	quality, list := slices.Clone(m.Rates.Data.([]float32)[i*k:(i+1)*k]), make([]int, k)
	if m.Inhibiting {
		loss := m.Loss.Data.([]float32)
		for j := range quality {
			quality[j] = -loss[i*k+j]
		}
	}
	for j := range list {
		list[j] = j
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(quality[b], quality[a]) })
	return list
}

// Arrays returns
//
//   - neuron and dead [n];
//   - optimal [n, 7], the Gabors that excite most, numbers [n], their indices in the grid, and optimal_rate [n];
//   - grey [n], the rates to the grey image;
//   - the curves and their axes, under the names of the fields;
//   - what follows from the curves, each [n]: preferred_orientation (along the wave), preferred_bars (along the bars, 90 degrees from it,
//     0 to pi, as truth_orientation of simulated recordings), preferred_frequency, preferred_phase, surround_suppression, cross_suppression,
//     orientation_selectivity, phase_modulation, preferred_size and half_contrast.
//
// and of an ensemble optimal_rate_spread [n], the SD between its members.
func (t *Tuning) Arrays() map[string]array.Array {
	all := map[string]array.Array{
		"neuron": array.New(t.Optimal.Neurons), "dead": array.New(t.Optimal.Dead),
		"optimal": t.Optimal.Array(), "numbers": array.New(t.Optimal.Indices), "optimal_rate": array.New(t.Optimal.Rates),
		"grey": array.New(t.Grey), "orientation": t.Orientation, "frequency": t.Frequency, "phase": t.Phase, "size_contrast": t.SizeContrast, "plaids": t.Plaids,
		"orientations": array.New(t.Axes.Orientations), "frequencies": array.New(t.Axes.Frequencies), "phases": array.New(t.Axes.Phases),
		"sizes": array.New(t.Axes.Sizes), "contrasts": array.New(t.Axes.Contrasts), "plaid_contrasts": array.New(t.Axes.PlaidContrasts),
		"preferred_orientation": array.New(Preferred(t.Orientation, t.Axes.Orientations)),
		"preferred_bars":        array.New(t.Bars()),
		"preferred_frequency":   array.New(Preferred(t.Frequency, t.Axes.Frequencies)),
		"preferred_phase":       array.New(Preferred(t.Phase, t.Axes.Phases)),
		"surround_suppression":  array.New(t.SurroundSuppression()), "cross_suppression": array.New(t.CrossSuppression()),
		"orientation_selectivity": array.New(t.OrientationSelectivity()), "phase_modulation": array.New(t.PhaseModulation()),
		"preferred_size": array.New(t.PreferredSize()), "half_contrast": array.New(t.HalfContrast()),
	}
	if t.Optimal.Spread != nil {
		all["optimal_rate_spread"] = array.New(t.Optimal.Spread)
	}
	return all
}

// Array returns the optimal Gabors, [n, 7]: x, y, size, frequency, contrast, orientation, phase.
func (o *Optimal) Array() array.Array {
	var values []float64
	for _, g := range o.Gabors {
		v := g.values()
		values = append(values, v[:]...)
	}
	return array.New(values, len(o.Gabors), 7)
}

// TuningFromArrays is the inverse of Tuning.Arrays. It also reads archives of earlier notebooks, which call optimal gabors and optimal_rate rates, and those of
// earlier programs, which lack numbers.
func TuningFromArrays(arrays map[string]array.Array) (*Tuning, error) {
	r := reader{arrays: arrays}
	t := &Tuning{Optimal: &Optimal{Neurons: r.ints("neuron"), Dead: r.bools("dead"), Rates: r.float32s("optimal_rate", "rates")}, Grey: r.float32s("grey")}
	t.Axes = Axes{Orientations: r.float64s("orientations"), Frequencies: r.float64s("frequencies"), Phases: r.float64s("phases"),
		Sizes: r.float64s("sizes"), Contrasts: r.float64s("contrasts"), PlaidContrasts: r.float64s("plaid_contrasts")}
	for v := range slices.Chunk(r.float64s("optimal", "gabors"), 7) {
		if len(v) == 7 {
			t.Optimal.Gabors = append(t.Optimal.Gabors, Gabor{X: v[0], Y: v[1], Size: v[2], Frequency: v[3], Contrast: v[4], Orientation: v[5], Phase: v[6]})
		}
	}
	if _, ok := arrays["optimal_rate_spread"]; ok {
		t.Optimal.Spread = r.float32s("optimal_rate_spread")
	}
	if _, ok := arrays["numbers"]; ok {
		t.Optimal.Indices = r.ints("numbers")
	}
	n := len(t.Optimal.Neurons)
	curve := func(name string, axes ...[]float64) array.Array {
		shape := []int{n}
		for _, a := range axes {
			shape = append(shape, len(a))
		}
		a := r.array(name)
		if r.err == nil && !slices.Equal(a.Shape, shape) {
			r.err = fmt.Errorf("%s: %s; accepted: %s, of %d neurons and the axes", name, array.FormatShape(a.Shape), array.FormatShape(shape), n)
		}
		return a
	}
	t.Orientation, t.Frequency, t.Phase = curve("orientation", t.Axes.Orientations), curve("frequency", t.Axes.Frequencies), curve("phase", t.Axes.Phases)
	t.SizeContrast, t.Plaids = curve("size_contrast", t.Axes.Sizes, t.Axes.Contrasts), curve("plaids", t.Axes.PlaidContrasts, t.Axes.PlaidContrasts)
	if r.err == nil && (len(t.Optimal.Gabors) != n || len(t.Optimal.Dead) != n || len(t.Optimal.Rates) != n || len(t.Grey) != n) {
		r.err = fmt.Errorf("optimal Gabors: %d, with %d rates, for %d neurons", len(t.Optimal.Gabors), len(t.Optimal.Rates), n)
	}
	return t, r.err
}

// reader looks arrays up by name and keeps the first error. Of several names it takes the first that exists.
type reader struct {
	arrays map[string]array.Array
	err    error
}

func (r *reader) array(names ...string) array.Array {
	for _, name := range names {
		if a, ok := r.arrays[name]; ok {
			return a
		}
	}
	if r.err == nil {
		r.err = fmt.Errorf("no array %q", names[0])
	}
	return array.Array{}
}

func read[T any](r *reader, names []string, as func(array.Array) ([]T, error)) []T {
	a := r.array(names...)
	if r.err != nil {
		return nil
	}
	values, err := as(a)
	if err != nil {
		r.err = fmt.Errorf("%s: %w", names[0], err)
	}
	return values
}

func (r *reader) float64s(names ...string) []float64 { return read(r, names, array.Array.Float64s) }
func (r *reader) float32s(names ...string) []float32 { return read(r, names, array.Array.Float32s) }
func (r *reader) ints(names ...string) []int         { return read(r, names, array.Array.Ints) }

// number reads a single number.
func (r *reader) number(name string) float64 {
	values := r.float64s(name)
	if r.err == nil && len(values) != 1 {
		r.err = fmt.Errorf("%s: %d values; accepted: 1", name, len(values))
	}
	if r.err != nil {
		return 0
	}
	return values[0]
}

func (r *reader) int64s(names ...string) (values []int64) {
	for _, v := range r.ints(names...) {
		values = append(values, int64(v))
	}
	return values
}

func (r *reader) bools(names ...string) []bool {
	return read(r, names, func(a array.Array) ([]bool, error) {
		values, ok := a.Data.([]bool)
		if !ok {
			return nil, fmt.Errorf("values of type %s; accepted: bool", a.Type())
		}
		return values, nil
	})
}
