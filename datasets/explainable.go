package datasets

import (
	"math"

	"v1lab/datasets/stats"
)

// MinSD is the standard deviation at or below which trials count as constant.
const MinSD = 1e-5

// TrialVariance splits the variance of repeated trials for each neuron, in squared units of the responses. total is the variance of all
// trials; noise is the variance between the repeats of one image, averaged over images. Divisors are n-1.
//
// Images may be repeated unequally often. Every trial has the same weight, so an image counts as often as it was shown. Images shown once
// carry no information about noise and are left out of both. A neuron that saw fewer than two images twice has NaN in both: one image says nothing
// about signal.
func TrialVariance(test Repeats) (total, noise []float64) {
	total, noise = make([]float64, test.Neurons), make([]float64, test.Neurons)
	all := make([]float64, 0, test.Repeats*test.N)
	for n := range test.Neurons {
		all = all[:0]
		repeated := 0
		for i := range test.N {
			start := len(all)
			for repeat := range test.Repeats {
				if v := test.At(repeat, i)[n]; v == v {
					all = append(all, float64(v))
				}
			}
			if shown := all[start:]; len(shown) > 1 {
				noise[n] += stats.Variance(shown) * float64(len(shown))
				repeated++
			} else {
				all = all[:start]
			}
		}
		total[n] = stats.Variance(all)
		noise[n] /= float64(len(all))
		if repeated < 2 {
			total[n], noise[n] = math.NaN(), math.NaN()
		}
	}
	return total, noise
}

// Explainable returns the share of single-trial variance that is signal, 1 - noise/total of TrialVariance, for each neuron. The share is
// negative if noise exceeds total by chance. Sources: Cadena et al., PLoS Comput Biol 2019; Lurz et al., ICLR 2021.
// A neuron whose trials are all alike (SD of MinSD or less) or that saw fewer than two images twice has NaN.
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
