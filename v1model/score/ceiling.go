package score

import (
	"fmt"
	"math"

	"v1lab/datasets"
	"v1lab/datasets/stats"
)

// Variance divides the variance of responses to repeated images into signal and noise. Every slice is [neurons].
type Variance struct {
	Noise       []float64 // noise variance of the repeat average: mean over images of var(repeats)/repeats
	Total       []float64 // variance over images of the repeat average
	Explainable []float64 // Total - Noise
	Fraction    []float64 // Explainable/Total, negative values set to 0; NaN where it does not exist
	Ceiling     []float64 // sqrt(Fraction): the correlation a perfect model would reach with the repeat average
	TrialNoise  []float64 // noise variance of one trial: mean over images of var(repeats)
	TrialTotal  []float64 // variance of all trials
}

// Explain estimates how much of the repeat average's variance over images is signal. All variances have divisor n-1.
//
// Repeats may be ragged: each image counts with the repeats it has. For an image shown once, the mean TrialNoise of the other images
// replaces its unknown noise. An image never shown is left out.
// Fraction and Ceiling are NaN for a neuron whose average is constant (SD of MinSD or less),
// and for one with fewer than two images or without a repeated image.
func Explain(test datasets.Repeats) (Variance, error) {
	if err := checkRepeats(test); err != nil {
		return Variance{}, err
	}
	var v Variance
	for _, s := range []*[]float64{&v.Noise, &v.Total, &v.Explainable, &v.Fraction, &v.Ceiling, &v.TrialNoise, &v.TrialTotal} {
		*s = make([]float64, test.Neurons)
	}
	trials := make([]float64, 0, test.Repeats)
	all := make([]float64, 0, test.Repeats*test.N)
	averages := make([]float64, 0, test.N)
	for n := range test.Neurons {
		all, averages = all[:0], averages[:0]
		trialNoise, repeated := 0.0, 0
		noise, once := 0.0, 0
		for i := range test.N {
			trials = trials[:0]
			for repeat := range test.Repeats {
				if r := test.Values[(repeat*test.N+i)*test.Neurons+n]; r == r {
					trials = append(trials, float64(r))
				}
			}
			all = append(all, trials...)
			switch len(trials) {
			case 0:
				continue
			case 1:
				once++
			default:
				s := stats.Variance(trials)
				trialNoise += s
				noise += s / float64(len(trials))
				repeated++
			}
			averages = append(averages, stats.Mean(trials))
		}
		v.TrialNoise[n] = trialNoise / float64(repeated)
		v.TrialTotal[n] = stats.Variance(all)
		if once > 0 {
			noise += float64(once) * v.TrialNoise[n]
		}
		if repeated == 0 {
			noise = math.NaN()
		}
		v.Noise[n] = noise / float64(len(averages))
		v.Total[n] = stats.Variance(averages)
		v.Explainable[n] = v.Total[n] - v.Noise[n]
		v.Fraction[n] = math.NaN()
		if math.Sqrt(v.Total[n]) > MinSD && repeated > 0 {
			v.Fraction[n] = max(v.Explainable[n]/v.Total[n], 0)
		}
		v.Ceiling[n] = math.Sqrt(v.Fraction[n])
	}
	return v, nil
}

// FractionOfCeiling returns the mean correlation divided by the mean ceiling, both over the neurons whose ceiling is a number.
// A ratio of means, not a mean of ratios: a neuron with a ceiling near 0 then weighs little instead of without bound.
// It is NaN where no neuron has a ceiling, or all ceilings are 0. Both slices are [neurons].
func FractionOfCeiling(corr, ceiling []float64) (float64, error) {
	if len(corr) != len(ceiling) {
		return math.NaN(), fmt.Errorf("score: found %d correlations and %d ceilings; one of each per neuron is needed", len(corr), len(ceiling))
	}
	reached, possible := 0.0, 0.0
	for n, c := range ceiling {
		if c == c && corr[n] == corr[n] {
			reached += corr[n]
			possible += c
		}
	}
	if possible == 0 {
		return math.NaN(), nil
	}
	return reached / possible, nil
}
