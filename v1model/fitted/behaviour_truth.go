package fitted

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"v1lab/datasets/stats"
	"v1lab/v1model/core"
	"v1lab/v1model/covariates"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/modulation"
	"v1lab/v1model/weights"
)

// compareBehaviour compares gain and shift with those of a simulation, over the trials of the test part.
func (r *Run) compareBehaviour(report *evaluate.Report) error {
	d := r.recording.value
	if d.Truth == nil || d.Truth.Test == nil {
		return nil
	}
	gains, err := r.TestGains()
	if err != nil {
		return err
	}
	if truth := d.Truth.Test.Gain; gains != nil && len(truth) == len(gains) {
		corr := jsonfloat.Float(stat.Correlation(gains, truth, nil))
		report.TrueGainCorr = &corr
	}
	shifts, err := r.TestShifts()
	if err != nil {
		return err
	}
	if _, treated := d.Preparation.From(); treated {
		return nil // pixels of the model are not those of the simulation
	}
	if truth := d.Truth.Test.Shift; shifts != nil && len(truth) == len(shifts) {
		distance := jsonfloat.Float(meanDistance(shifts, truth))
		report.TrueShiftError = &distance
	}
	return nil
}

// TestGains returns the gain in each trial of the test part, [repeats*images], averaged over neurons; nil for a model without gains.
func (r *Run) TestGains() (gains []float64, err error) {
	c := r.Config.Modulation
	if c.Kind != modulation.Gain {
		return nil, nil
	}
	w, trials, err := r.testTrials(c.Covariates)
	for _, z := range trials {
		gains = append(gains, stats.Mean(c.At(w, z)))
	}
	return gains, err
}

// TestShifts returns the shift of the readouts in each trial of the test part, [repeats*images, 2], in pixels of the images to the right and down; nil for a
// model without a shifter.
func (r *Run) TestShifts() (shifts []float64, err error) {
	c := r.Config.Shifter
	if !c.Active() {
		return nil, nil
	}
	w, trials, err := r.testTrials(c.Covariates)
	if err != nil {
		return nil, err
	}
	m, err := r.Model()
	if err != nil {
		return nil, err
	}
	height, width, _ := m.Core.OutputShape()
	stride := 1.0
	if l, ok := m.Core.(core.Local); ok {
		stride = float64(l.Geometry().Stride)
	}
	for _, z := range trials {
		shift := c.At(w, z)
		shifts = append(shifts, stride*shift[0]*float64(width-1)/2, stride*shift[1]*float64(height-1)/2)
	}
	return shifts, nil
}

// testTrials returns the weights, and the standardised covariates of each trial of the test part, [repeats*images][names], 0 where they are not known.
func (r *Run) testTrials(names []string) (weights.Values, [][]float32, error) {
	w, err := r.Weights()
	if err != nil {
		return nil, nil, err
	}
	d, err := r.Recording()
	if err != nil {
		return nil, nil, err
	}
	columns, err := covariates.Columns(d.Test.Covariates, names)
	if err != nil {
		return nil, nil, err
	}
	all, means, sds := r.Config.Covariates(), w.Float32(covariates.Mean), w.Float32(covariates.SD)
	var trials [][]float32
	for row := range slices.Chunk(columns, len(names)) {
		z := make([]float32, len(names))
		for j, v := range row {
			if k := slices.Index(all, names[j]); v == v {
				z[j] = (v - means[k]) / sds[k]
			}
		}
		trials = append(trials, z)
	}
	return w, trials, nil
}

// meanDistance is the mean distance between points [n, 2] of two lists after each list's mean is subtracted.
func meanDistance(a, b []float64) float64 {
	var apart [2]float64
	for i := range a {
		apart[i%2] += (a[i] - b[i]) / float64(len(a)/2)
	}
	sum := 0.0
	for i := 0; i < len(a); i += 2 {
		sum += math.Hypot(a[i]-b[i]-apart[0], a[i+1]-b[i+1]-apart[1])
	}
	return sum / float64(len(a)/2)
}
