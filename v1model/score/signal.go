package score

import (
	"math"

	"v1lab/datasets"
)

// SignalPower returns the variance over images of what is common to repeated trials, one number per neuron, in squared units of the
// responses: SP = (Var(sum of the repeats) - sum of the Var(repeat)) / (N(N-1)) for N repeats, variances over images with divisor n-1.
// Noise by chance may make it negative. Sources: Sahani and Linden, NIPS 2003; Schoppe et al., Front Comput Neurosci 2016.
//
// The formula is the covariance over images of two repeats, averaged over all pairs, and so it is continued to ragged ones:
// each image brings the mean product of its pairs. A repeat's mean, which the covariance subtracts, is then the mean over images
// plus how far the repeat is from its images' averages, so that it does not depend on which images the repeat has.
// Images shown once are left out. It is NaN for a neuron that saw fewer than two images twice.
func SignalPower(test datasets.Repeats) ([]float64, error) {
	if err := checkRepeats(test); err != nil {
		return nil, err
	}
	power := make([]float64, test.Neurons)
	average, count := make([]float64, test.N), make([]float64, test.N)
	centre := make([]float64, test.Repeats)
	for n := range power {
		at := func(repeat, i int) float64 { return float64(test.Values[(repeat*test.N+i)*test.Neurons+n]) }
		images, mean := 0, 0.0
		for i := range test.N {
			sum, shown := 0.0, 0.0
			for repeat := range test.Repeats {
				if r := at(repeat, i); r == r {
					sum += r
					shown++
				}
			}
			average[i], count[i] = sum/shown, shown
			if shown > 1 {
				images++
				mean += average[i]
			}
		}
		mean /= float64(images)
		for repeat := range test.Repeats {
			apart, there := 0.0, 0.0
			for i := range test.N {
				if r := at(repeat, i); r == r && count[i] > 1 {
					apart += r - average[i]
					there++
				}
			}
			centre[repeat] = mean + apart/max(there, 1)
		}
		total := 0.0
		for i := range test.N {
			if count[i] < 2 {
				continue
			}
			sum, squares := 0.0, 0.0
			for repeat := range test.Repeats {
				if r := at(repeat, i); r == r {
					d := r - centre[repeat]
					sum += d
					squares += d * d
				}
			}
			total += (sum*sum - squares) / (count[i] * (count[i] - 1))
		}
		power[n] = math.NaN()
		if images > 1 {
			power[n] = total / float64(images-1)
		}
	}
	return power, nil
}

// NormalisedCorrelation returns CC_norm, the correlation over images between prediction and repeat average divided by the best one
// that noise permits, one number per neuron, without unit: Cov(average, prediction) / sqrt(Var(prediction) SP), with SP of SignalPower.
// A perfect model tends to 1 and chance may carry it above. Source: Schoppe et al., Front Comput Neurosci 2016.
//
// It is NaN where the signal power is NaN or not above MinSD squared: there is no signal to predict. Elsewhere a prediction with
// an SD of MinSD or less scores 0. Images that a neuron never saw are left out.
// It is an error if the shapes differ or a prediction is not finite.
func NormalisedCorrelation(pred datasets.Responses, test datasets.Repeats) ([]float64, error) {
	if err := checkPrediction(pred, test); err != nil {
		return nil, err
	}
	mean, err := Average(test)
	if err != nil {
		return nil, err
	}
	cc, err := SignalPower(test)
	if err != nil {
		return nil, err
	}
	x, y := make([]float64, 0, test.N), make([]float64, 0, test.N)
	for n, power := range cc {
		if !(power > MinSD*MinSD) {
			cc[n] = math.NaN()
			continue
		}
		x, y = x[:0], y[:0]
		for i := range test.N {
			if r := mean.At(i)[n]; r == r {
				x, y = append(x, float64(pred.At(i)[n])), append(y, float64(r))
			}
		}
		xx, xy, _ := products(x, y)
		spread := xx / float64(len(x)-1)
		cc[n] = 0
		if math.Sqrt(spread) > MinSD {
			cc[n] = xy / float64(len(x)-1) / math.Sqrt(spread*power)
		}
	}
	return cc, nil
}

// MeanReliable is the mean over the neurons that are at least MinExplainable explainable and have a score, and their number;
// NaN if there are none. Both slices are [neurons].
func MeanReliable(scores, explainable []float64) (mean float64, neurons int) {
	sum := 0.0
	for n, s := range scores {
		if s == s && explainable[n] >= MinExplainable {
			sum += s
			neurons++
		}
	}
	return sum / float64(neurons), neurons
}
