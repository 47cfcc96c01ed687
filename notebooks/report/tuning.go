package report

import (
	"context"
	"fmt"
	"math"
	"slices"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/datasets/stats"
	"v1lab/notebooks/figures"
	"v1lab/v1model/insilico"
)

func init() {
	Register(Entry{Name: "orientations", Section: SectionTuning, Place: 230, OfExperiment: true,
		Caption: "Preferred orientation along the bars, measured with Gabors, over the true one.",
		Draw: func(_ context.Context, m *Material) (*figures.Figure, error) {
			tuned, step, ok, err := m.Tuned()
			if err != nil || !ok || tuned.Type == nil {
				return nil, err
			}
			return Orientations(tuned, step)
		}})
	Register(Entry{Name: "tuning_measures", Section: SectionTuning, Place: 240, OfExperiment: true,
		Caption: "Preferred period, modulation by phase and suppression of the neurons whose tuning is in the run folder.",
		Draw: func(_ context.Context, m *Material) (*figures.Figure, error) {
			tuned, _, ok, err := m.Tuned()
			if err != nil || !ok {
				return nil, err
			}
			return TuningMeasures(tuned)
		}})
	Register(Entry{Name: "tuning", Section: SectionTuning, Place: 250, OfExperiment: true,
		Caption: "Tuning of the first of these neurons around their optimal Gabors. Orientations are those of the wave; bars lie across, 90° from it.",
		Draw: func(_ context.Context, m *Material) (*figures.Figure, error) {
			t, err := m.Tuning()
			if err != nil || t == nil {
				return nil, err
			}
			return Tuning(t, t.Optimal.Neurons[:min(len(t.Optimal.Neurons), figures.MaxTuned)])
		}})
}

// Tuning draws the tuning of the given neurons of t around their optimal Gabors, a row for each, up to figures.MaxTuned of them.
func Tuning(t *insilico.Tuning, neurons []int) (*figures.Figure, error) {
	var all []figures.TunedNeuron
	for _, n := range neurons {
		i := slices.Index(t.Optimal.Neurons, n)
		if i < 0 {
			return nil, fmt.Errorf("tuning: nothing is known of neuron %d", n)
		}
		all = append(all, figures.TunedNeuron{
			Name: fmt.Sprint("neuron ", n), Grey: float64(t.Grey[i]),
			Orientation:  figures.TuningCurve{Values: degrees(t.Axes.Orientations), Rates: row(t, t.Orientation, i)},
			Frequency:    figures.TuningCurve{Values: t.Axes.Frequencies, Rates: row(t, t.Frequency, i)},
			Phase:        figures.TuningCurve{Values: degrees(t.Axes.Phases), Rates: row(t, t.Phase, i)},
			SizeContrast: figures.TuningMatrix{Rows: t.Axes.Sizes, Columns: t.Axes.Contrasts, Rates: row(t, t.SizeContrast, i)},
			Plaids:       figures.TuningMatrix{Rows: t.Axes.PlaidContrasts, Columns: t.Axes.PlaidContrasts, Rates: row(t, t.Plaids, i)},
		})
	}
	return figures.Tuning(all)
}

func degrees(radians []float64) []float64 {
	var list []float64
	for _, v := range radians {
		list = append(list, v*180/math.Pi)
	}
	return list
}

// row returns the values of neuron i in an array [neurons, ...].
func row(t *insilico.Tuning, a array.Array, i int) []float64 {
	var list []float64
	size := a.Len() / len(t.Optimal.Neurons)
	for _, v := range a.Data.([]float32)[i*size : (i+1)*size] {
		list = append(list, float64(v))
	}
	return list
}

// Tuned has the results of tuning experiments in the units of figures, with the truth of a simulation. Slices are as long as Neurons; values that do
// not exist are NaN.
type Tuned struct {
	Neurons     []int
	Orientation []float64 // along the bars, degrees counter-clockwise as displayed, 0 to 180
	Frequency   []float64 // cycles per pixel
	Phase       []float64 // as of insilico.Gabor, degrees, 0 to 360
	Modulation  []float64 // by phase: (largest - smallest rate) / (largest + smallest)
	Surround    []float64 // insilico.Tuning.SurroundSuppression
	Cross       []float64 // insilico.Tuning.CrossSuppression
	X, Y        []float64 // centre of the optimal Gabor, pixels

	Type                               []int // true type; nil without a truth
	Types                              []string
	TrueOrientation, TruePhase, Centre []float64 // truth; the phase of simple cells only; distance of the centres, pixels
}

// TunedOf converts the results of t. truth may be nil.
func TunedOf(t *insilico.Tuning, truth *datasets.Truth) Tuned {
	d := Tuned{Neurons: t.Optimal.Neurons, Surround: t.SurroundSuppression(), Cross: t.CrossSuppression()}
	bars, frequency, phase := t.Bars(), insilico.Preferred(t.Frequency, t.Axes.Frequencies), insilico.Preferred(t.Phase, t.Axes.Phases)
	types, names := typesOf(truth)
	for i, n := range d.Neurons {
		d.Orientation = append(d.Orientation, bars[i]*180/math.Pi)
		d.Frequency = append(d.Frequency, frequency[i])
		d.Phase = append(d.Phase, around(phase[i]*180/math.Pi, 360))
		d.Modulation = append(d.Modulation, modulation(row(t, t.Phase, i)))
		best := t.Optimal.Gabors[i]
		d.X, d.Y = append(d.X, best.X), append(d.Y, best.Y)
		if truth == nil {
			continue
		}
		d.Types, d.Type = names, append(d.Type, types[n])
		d.TrueOrientation = append(d.TrueOrientation, around(truth.Orientation[n]*180/math.Pi, 180))
		d.Centre = append(d.Centre, math.Hypot(best.X-truth.X[n], best.Y-truth.Y[n]))
		d.TruePhase = append(d.TruePhase, truePhase(best, truth, n))
	}
	return d
}

// truePhase returns the phase of a simulated simple cell, which is an edge, relative to a Gabor, in degrees. It is NaN for all other types.
func truePhase(g insilico.Gabor, truth *datasets.Truth, n int) float64 {
	if t := truth.Type[n]; t >= len(truth.TypeNames) || truth.TypeNames[t] != "simple" {
		return math.NaN()
	}
	// The edge's brightness rises as a sine towards the left of the direction of its bars. The Gabor's wave runs along its orientation.
	towards := truth.Orientation[n] + math.Pi/2
	phase := -math.Pi / 2
	if math.Cos(towards-g.Orientation) < 0 {
		phase = math.Pi / 2
	}
	sin, cos := math.Sincos(g.Orientation)
	phase += 2 * math.Pi * g.Frequency * (cos*(g.X-truth.X[n]) - sin*(g.Y-truth.Y[n])) // shift between Gabor and edge
	return around(phase*180/math.Pi, 360)
}

// around maps an angle to the range from 0 to period.
func around(angle, period float64) float64 {
	return angle - period*math.Floor(angle/period)
}

// apart returns the distance of two angles, at most half a period.
func apart(a, b, period float64) float64 {
	d := around(a-b, period)
	return math.Min(d, period-d)
}

// modulation is (largest - smallest) / (largest + smallest) of rates, 0 to 1.
func modulation(rates []float64) float64 {
	if slices.ContainsFunc(rates, math.IsNaN) {
		return math.NaN()
	}
	top, low := slices.Max(rates), slices.Min(rates)
	return (top - low) / (top + low)
}

// Orientations draws preferred over true orientation, with lines one step of the grid beside the diagonal. step is in degrees. It is an error without
// a truth.
func Orientations(d Tuned, step float64) (*figures.Figure, error) {
	if d.Type == nil {
		return nil, fmt.Errorf("preferred orientation: the true one is not known")
	}
	return figures.Agreement(figures.AgreementData{Measured: d.Orientation, True: d.TrueOrientation, Label: "Orientation (°)", Ends: [2]float64{0, 180}, Step: step, Period: 180, Type: d.Type, Types: d.Types})
}

// TuningMeasures draws period, modulation by phase and suppression of all neurons, by true type if it is known.
func TuningMeasures(d Tuned) (*figures.Figure, error) {
	period := make([]float64, len(d.Frequency))
	for i, f := range d.Frequency {
		period[i] = 1 / f
	}
	return figures.ByType([]figures.Measure{
		{Label: "Preferred period (px)", Values: period}, {Label: "Modulation by phase", Values: d.Modulation, Ends: [2]float64{0, 1}},
		{Label: "Surround suppression", Values: d.Surround, Ends: [2]float64{-0.2, 1.2}}, {Label: "Cross-orientation suppression", Values: d.Cross, Ends: [2]float64{-0.8, 1.2}},
	}, d.Type, d.Types)
}

// TuningTable returns a table of medians, a row for each true type, or one row for all neurons without a truth. With a truth it has the errors of
// orientation, centre and phase. step is that of the grid's orientations in degrees.
func TuningTable(d Tuned, step float64) (header []string, rows [][]string) {
	header = []string{"neurons", "count", "dead", "period (px)", "modulation by phase", "surround suppression", "cross-orientation suppression"}
	names, types := []string{"all"}, make([]int, len(d.Neurons))
	if d.Type != nil {
		names, types = d.Types, d.Type
		header = append(header, "orientation off (°)", fmt.Sprintf("within %.4g°", step), "centre off (px)", "phase off (°)")
	}
	for t, name := range names {
		of := func(f func(i int) float64) []float64 {
			var list []float64
			for i := range d.Neurons {
				if types[i] != t {
					continue
				}
				if v := f(i); !math.IsNaN(v) {
					list = append(list, v)
				}
			}
			return list
		}
		count := len(of(func(int) float64 { return 0 }))
		if count == 0 {
			continue
		}
		r := []string{name, fmt.Sprint(count), fmt.Sprint(count - len(of(func(i int) float64 { return d.Orientation[i] }))),
			median(of(func(i int) float64 { return 1 / d.Frequency[i] }), "%.1f"), median(of(func(i int) float64 { return d.Modulation[i] }), "%.2f"),
			median(of(func(i int) float64 { return d.Surround[i] }), "%.2f"), median(of(func(i int) float64 { return d.Cross[i] }), "%.2f")}
		if d.Type != nil {
			off := of(func(i int) float64 { return apart(d.Orientation[i], d.TrueOrientation[i], 180) })
			within := "–"
			if len(off) > 0 {
				n := 0
				for _, v := range off {
					if v <= step {
						n++
					}
				}
				within = fmt.Sprintf("%d of %d", n, len(off))
			}
			r = append(r, median(off, "%.1f"), within, median(of(func(i int) float64 { return d.Centre[i] }), "%.1f"),
				median(of(func(i int) float64 { return apart(d.Phase[i], d.TruePhase[i], 360) }), "%.0f"))
		}
		rows = append(rows, r)
	}
	return header, rows
}

// median formats the median of values, or a dash if there are none.
func median(values []float64, format string) string {
	if len(values) == 0 {
		return "–"
	}
	return fmt.Sprintf(format, stats.Median(values))
}
