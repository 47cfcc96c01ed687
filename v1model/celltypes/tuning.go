package celltypes

import (
	"fmt"
	"math"
	"slices"

	"v1lab/v1model/features"
	"v1lab/v1model/insilico"
)

// What neurons are grouped by.
const (
	ByWeights = "weights" // readout weights, aligned over orientation; needs a core whose features turn
	ByTuning  = "tuning"  // tuning for Gabors
	ByMEI     = "mei"     // spectra of most exciting images, aligned over orientation
)

// Measured holds numbers about n neurons by which they are compared.
type Measured struct {
	Neurons []int       // [n] their numbers in the run
	Names   []string    // [features]
	Values  [][]float64 // [features][n]; NaN where a neuron is dead
}

const (
	most  = 3    // SDs from the mean at which a number counts as no further
	least = 0.05 // the smallest SD by which numbers are divided, so that rounding and steps of the stimuli are not blown up: a twentieth of full selectivity, or of an octave
)

// FromTuning reads off tuning what neither depends on a neuron's preferred orientation, position and phase, nor on its
// rate to grey and the scale of its rates: selectivity for orientation, modulation by phase, logarithms to the base 2 of the preferred spatial frequency (cycles per pixel), the preferred size
// (pixels) and the contrast of half the effect, and suppression by the surround and by the orthogonal Gabor.
func FromTuning(t *insilico.Tuning) *Measured {
	m := &Measured{Neurons: t.Optimal.Neurons}
	for _, f := range []struct {
		name   string
		values []float64
	}{
		{"orientation_selectivity", t.OrientationSelectivity()},
		{"phase_modulation", t.PhaseModulation()},
		{"log2_preferred_frequency", log2(insilico.Preferred(t.Frequency, t.Axes.Frequencies))},
		{"log2_preferred_size", log2(t.PreferredSize())},
		{"log2_half_contrast", log2(t.HalfContrast())},
		{"surround_suppression", t.SurroundSuppression()},
		{"cross_suppression", t.CrossSuppression()},
	} {
		m.Names, m.Values = append(m.Names, f.name), append(m.Values, f.values)
	}
	for i := range m.Neurons {
		if t.Optimal.Dead[i] || slices.ContainsFunc(m.Values, func(f []float64) bool { return math.IsNaN(f[i]) || math.IsInf(f[i], 0) }) {
			for _, f := range m.Values {
				f[i] = math.NaN()
			}
		}
	}
	return m
}

func log2(x []float64) []float64 {
	for i, v := range x {
		x[i] = math.Log2(v)
	}
	return x
}

// Of returns the measurements of some neurons, in their order. A neuron that was not measured is an error.
func (m *Measured) Of(neurons []int) (*Measured, error) {
	some := &Measured{Neurons: neurons, Names: m.Names, Values: make([][]float64, len(m.Values))}
	for _, n := range neurons {
		at := slices.Index(m.Neurons, n)
		if at < 0 {
			return nil, fmt.Errorf("celltypes: neuron %d was not measured", n)
		}
		for f, values := range m.Values {
			some.Values[f] = append(some.Values[f], values[at])
		}
	}
	return some, nil
}

// Add appends measurements of further neurons, of the same features.
func (m *Measured) Add(more *Measured) {
	if m.Names == nil {
		m.Names, m.Values = more.Names, make([][]float64, len(more.Names))
	}
	m.Neurons = append(m.Neurons, more.Neurons...)
	for f, values := range more.Values {
		m.Values[f] = append(m.Values[f], values...)
	}
}

// weights returns the measurements as weights that can be grouped, [n, 1, features + 1]. Each feature is standardised over the living neurons, and limited
// to 3 SDs. Clustering looks at directions, so a constant as long as the features typically are is put in front: the angle between two neurons then
// grows with the distance between their features. Dead neurons have no weights.
func (m *Measured) weights() features.Weights {
	n, d := len(m.Neurons), len(m.Names)
	w := features.Weights{Neurons: n, Rotations: 1, Features: d + 1, Values: make([]float32, n*(d+1))}
	for f, values := range m.Values {
		mean, sd := spread(values)
		for i, v := range values {
			if math.IsNaN(v) {
				continue
			}
			row := w.At(i)
			row[0] = float32(math.Sqrt(float64(d)))
			row[f+1] = float32(max(-most, min((v-mean)/max(sd, least), most)))
		}
	}
	return w
}

// spread returns mean and SD of the values that are numbers. They are summed in increasing order, so that the order of the neurons does not matter.
func spread(values []float64) (mean, sd float64) {
	known := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	slices.Sort(known)
	for _, v := range known {
		mean += v / float64(len(known))
	}
	for _, v := range known {
		sd += (v - mean) * (v - mean) / float64(len(known))
	}
	return mean, math.Sqrt(sd)
}

// AnalyseMeasured groups neurons by what was measured of them, with any method. o.Covariance has no meaning here.
func AnalyseMeasured(m *Measured, o features.Options) (*Analysis, error) {
	if o.Covariance != nil {
		return nil, fmt.Errorf("celltypes: a covariance of the core's features; accepted: none, neurons are grouped by %s", ByTuning)
	}
	a, err := Analyse(m.weights(), o)
	if err != nil {
		return nil, err
	}
	a.From, a.Neurons, a.Measured = ByTuning, m.Neurons, m
	return a, nil
}

// Means returns the mean of each feature over each cluster, [k][features], in the feature's own units.
func (m *Measured) Means(labels []int, k int) [][]float64 {
	means := make([][]float64, k)
	for l := range means {
		for _, values := range m.Values {
			var members []float64
			for i, v := range values {
				if labels[i] == l {
					members = append(members, v)
				}
			}
			mean, _ := spread(members)
			means[l] = append(means[l], mean)
		}
	}
	return means
}
