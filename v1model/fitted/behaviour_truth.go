package fitted

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"v1lab/datasets"
	"v1lab/datasets/stats"
	"v1lab/v1model/core"
	"v1lab/v1model/covariates"
	"v1lab/v1model/evaluate"
	"v1lab/v1model/jsonfloat"
	"v1lab/v1model/modulation"
	"v1lab/v1model/weights"
)

// compareBehaviour compares gain and shift with those of a simulation, over the trials of the test part: of several sessions by session and together.
func (r *Run) compareBehaviour(report *evaluate.Report) error {
	d := r.recording.value
	_, treated := d.Preparation.From() // then pixels of the model are not those of the simulation
	var gains, trueGains []float64
	far, pairs, sessions := 0.0, 0, d.Blocks()
	for k, session := range sessions {
		if session.Truth == nil || session.Truth.Test == nil {
			return nil
		}
		own, err := r.testGains(session, k)
		if err != nil {
			return err
		}
		if truth := session.Truth.Test.Gain; own != nil && len(truth) == len(own) {
			gains, trueGains = append(gains, own...), append(trueGains, truth...)
			if len(sessions) > 1 {
				report.Sessions[k].TrueGainCorr = correlation(own, truth)
			}
		}
		shifts, err := r.testShifts(session, k)
		if err != nil {
			return err
		}
		if truth := session.Truth.Test.Shift; shifts != nil && len(truth) == len(shifts) && !treated {
			distance := jsonfloat.Float(meanDistance(shifts, truth))
			if len(sessions) > 1 {
				report.Sessions[k].TrueShiftError = &distance
			}
			far, pairs = far+float64(distance)*float64(len(truth)/2), pairs+len(truth)/2
		}
	}
	if gains != nil {
		report.TrueGainCorr = correlation(gains, trueGains)
	}
	if pairs > 0 {
		distance := jsonfloat.Float(far / float64(pairs))
		report.TrueShiftError = &distance
	}
	return nil
}

func correlation(a, b []float64) *jsonfloat.Float {
	corr := jsonfloat.Float(stat.Correlation(a, b, nil))
	return &corr
}

// testGains returns the gain in each trial of the test part of session k, [repeats*images], averaged over neurons; nil for a model without gains.
func (r *Run) testGains(session *datasets.Dataset, k int) (gains []float64, err error) {
	c := r.Config.Modulation
	if c.Kind != modulation.Gain {
		return nil, nil
	}
	w, trials, err := r.testTrials(session, k, c.Covariates, c.Each())
	for _, z := range trials {
		gains = append(gains, stats.Mean(c.At(w, z)))
	}
	return gains, err
}

// testShifts returns the shift of the readouts in each trial of the test part of session k, [repeats*images, 2], in pixels of the images to the right and down;
// nil for a model without a shifter.
func (r *Run) testShifts(session *datasets.Dataset, k int) (shifts []float64, err error) {
	c := r.Config.Shifter
	if !c.Active() {
		return nil, nil
	}
	w, trials, err := r.testTrials(session, k, c.Covariates, c.Each())
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

// testTrials returns the weights of session k, and the standardised covariates of each trial of its test part, [repeats*images][names], 0 where they are not
// known. each tells whether they are standardised as in that session.
func (r *Run) testTrials(session *datasets.Dataset, k int, names []string, each bool) (weights.Values, [][]float32, error) {
	m, w, err := r.Fitted()
	if err != nil {
		return nil, nil, err
	}
	columns, err := covariates.Columns(session.Test.Covariates, names)
	if err != nil {
		return nil, nil, err
	}
	all := r.Config.Covariates()
	means, sds := m.Scale(w, k, each)
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
	return m.OfSession(w, k), trials, nil
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
