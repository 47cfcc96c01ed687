package datasets

import (
	"math"

	"v1lab/datasets/stats"
)

// MinSD is the standard deviation up to which trials count as constant.
const MinSD = 1e-5

// TrialVariance takes the variance of repeated trials apart, per neuron, in squared units of the responses: total is the variance of all
// trials, noise the mean over images of the variance between the repeats of one image (divisors n-1).
//
// Repeats may be ragged: every trial weighs the same, so that an image counts in noise as often as it was shown, and images shown once,
// which say nothing of noise, are left out of both. Both are NaN for a neuron that saw no image twice.
func TrialVariance(test Repeats) (total, noise []float64) {
	total, noise = make([]float64, test.Neurons), make([]float64, test.Neurons)
	all := make([]float64, 0, test.Repeats*test.N)
	for n := range test.Neurons {
		all = all[:0]
		for i := range test.N {
			start := len(all)
			for repeat := range test.Repeats {
				if v := test.At(repeat, i)[n]; v == v {
					all = append(all, float64(v))
				}
			}
			if shown := all[start:]; len(shown) > 1 {
				noise[n] += stats.Variance(shown) * float64(len(shown))
			} else {
				all = all[:start]
			}
		}
		total[n] = stats.Variance(all)
		noise[n] /= float64(len(all))
	}
	return total, noise
}

// Explainable is the share of the variance of single trials that is signal, 1 - noise/total of TrialVariance, one number per neuron;
// noise that is by chance above total gives a negative share. Sources: Cadena et al., PLoS Comput Biol 2019; Lurz et al., ICLR 2021.
// It is NaN for a neuron whose trials are all alike (SD of MinSD or less) or that saw no image twice.
func Explainable(test Repeats) []float64 {
	total, noise := TrialVariance(test)
	share := make([]float64, test.Neurons)
	for n := range share {
		share[n] = math.NaN()
		if math.Sqrt(total[n]) > MinSD {
			share[n] = 1 - noise[n]/total[n]
		}
	}
	return share
}
