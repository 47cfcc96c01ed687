package score

import (
	"fmt"
	"math"

	"v1lab/datasets"
	"v1lab/datasets/stats"
)

// MinExplainable is the share of explainable variance below which a neuron is too noisy for FEVE and the normalised
// correlation, which divide by the explainable variance. Averages over neurons leave such neurons out,
// as Cadena et al. (PLoS Comput Biol 2019) do.
const MinExplainable = 0.15

// Explainable is datasets.Explainable, the share of the variance of single trials that is signal, one number per neuron, without unit.
func Explainable(test datasets.Repeats) ([]float64, error) {
	if err := checkRepeats(test); err != nil {
		return nil, err
	}
	return datasets.Explainable(test), nil
}

// FEVE returns the fraction of explainable variance that a prediction explains, one number per neuron, without unit:
// 1 - (mse - noise)/(total - noise), where mse is the mean over trials of the squared distance between trial and prediction,
// and total and noise are those of datasets.TrialVariance. 1 is a perfect model, 0 one that does no better than the neuron's mean;
// there is no lower bound, and noise may carry a good model above 1. Predictions count in the units of the responses.
// Source: Cadena et al., PLoS Comput Biol 2019.
//
// Repeats may be ragged: every trial weighs the same, and images shown once are left out. With equal repeats this is the published formula.
// It is NaN where Explainable is NaN or not above 0. It is an error if the shapes differ or a prediction is not finite.
func FEVE(pred datasets.Responses, test datasets.Repeats) ([]float64, error) {
	if err := checkPrediction(pred, test); err != nil {
		return nil, err
	}
	total, noise := datasets.TrialVariance(test)
	squared, count := make([]float64, test.Neurons), make([]float64, test.Neurons)
	shown := make([]int, test.Neurons)
	for i := range test.N {
		clear(shown)
		for repeat := range test.Repeats {
			for n, r := range test.At(repeat, i) {
				if r == r {
					shown[n]++
				}
			}
		}
		for repeat := range test.Repeats {
			for n, r := range test.At(repeat, i) {
				if d := float64(r) - float64(pred.At(i)[n]); r == r && shown[n] > 1 {
					squared[n] += d * d
					count[n]++
				}
			}
		}
	}
	feve := make([]float64, test.Neurons)
	for n := range feve {
		feve[n] = math.NaN()
		if math.Sqrt(total[n]) > MinSD && total[n] > noise[n] {
			feve[n] = 1 - (squared[n]/count[n]-noise[n])/(total[n]-noise[n])
		}
	}
	return feve, nil
}

// TrialCorrelation is the correlation between prediction and single trials, over all trials of all images, one number per neuron:
// what Oracle is a yardstick for. A neuron whose prediction or trials have an SD of MinSD or less scores 0, and one with trials of fewer than
// two images NaN, as in Correlation.
func TrialCorrelation(pred datasets.Responses, test datasets.Repeats) ([]float64, error) {
	if err := checkPrediction(pred, test); err != nil {
		return nil, err
	}
	return trialCorrelation(func(_, i int) []float32 { return pred.At(i) }, test), nil
}

// EachTrialCorrelation is TrialCorrelation for a prediction of each trial, such as that of a model with covariates.
func EachTrialCorrelation(pred, test datasets.Repeats) ([]float64, error) {
	if err := checkRepeats(test); err != nil {
		return nil, err
	}
	if pred.Repeats != test.Repeats || pred.N != test.N || pred.Neurons != test.Neurons || len(pred.Values) != len(test.Values) {
		return nil, fmt.Errorf("score: predictions are [%d repeats, %d images, %d neurons], responses [%d, %d, %d]", pred.Repeats, pred.N, pred.Neurons, test.Repeats, test.N, test.Neurons)
	}
	return trialCorrelation(pred.At, test), nil
}

func trialCorrelation(pred func(repeat, i int) []float32, test datasets.Repeats) []float64 {
	rho := make([]float64, test.Neurons)
	var x, y []float64
	for n := range rho {
		x, y = x[:0], y[:0]
		images := map[int]bool{}
		for repeat := range test.Repeats {
			for i := range test.N {
				if r := test.Values[(repeat*test.N+i)*test.Neurons+n]; r == r {
					x, y = append(x, float64(pred(repeat, i)[n])), append(y, float64(r))
					images[i] = true
				}
			}
		}
		c := pearson(x, y)
		switch {
		case len(images) < 2:
			rho[n] = math.NaN()
		case c == c:
			rho[n] = c
		}
	}
	return rho
}

// Oracle returns the correlation between each single trial and the mean of the other trials of the same image, over all trials
// of all images, one number per neuron: the jackknife, or leave-one-out, oracle of the Sensorium competition
// (Willeke et al., 2022; Walker et al., Nat Neurosci 2019). A model that knows the image alone correlates with single trials about so well;
// the oracle stays a little below what is possible, because the mean of the others is noisy too.
//
// Repeats may be ragged; images shown once are left out. It is NaN for a neuron that saw fewer than two images twice,
// and for one whose trials or their means have an SD of MinSD or less.
func Oracle(test datasets.Repeats) ([]float64, error) {
	if err := checkRepeats(test); err != nil {
		return nil, err
	}
	rho := make([]float64, test.Neurons)
	var x, y, shown []float64
	for n := range rho {
		x, y = x[:0], y[:0]
		images := 0
		for i := range test.N {
			shown = shown[:0]
			sum := 0.0
			for repeat := range test.Repeats {
				if r := test.Values[(repeat*test.N+i)*test.Neurons+n]; r == r {
					shown = append(shown, float64(r))
					sum += float64(r)
				}
			}
			if len(shown) < 2 {
				continue
			}
			images++
			for _, r := range shown {
				x, y = append(x, (sum-r)/float64(len(shown)-1)), append(y, r)
			}
		}
		rho[n] = pearson(x, y)
		if images < 2 { // trials of one image anticorrelate with the mean of the others by construction
			rho[n] = math.NaN()
		}
	}
	return rho, nil
}

// pearson is NaN for fewer than two pairs and where an SD (divisor n) is MinSD or less.
func pearson(x, y []float64) float64 {
	xx, xy, yy := products(x, y)
	if n := float64(len(x)); n < 2 || math.Sqrt(xx/n) <= MinSD || math.Sqrt(yy/n) <= MinSD {
		return math.NaN()
	}
	return xy / (math.Sqrt(xx) * math.Sqrt(yy))
}

// products sums squares and products of the distances to the means.
func products(x, y []float64) (xx, xy, yy float64) {
	mx, my := stats.Mean(x), stats.Mean(y)
	for i := range x {
		dx, dy := x[i]-mx, y[i]-my
		xx, xy, yy = xx+dx*dx, xy+dx*dy, yy+dy*dy
	}
	return xx, xy, yy
}

func checkPrediction(pred datasets.Responses, test datasets.Repeats) error {
	if err := checkShape("predictions", pred); err != nil {
		return err
	}
	if err := checkRepeats(test); err != nil {
		return err
	}
	if pred.N != test.N || pred.Neurons != test.Neurons {
		return fmt.Errorf("score: predictions are [%d images, %d neurons], test responses [%d repeats, %d, %d]; images and neurons must agree",
			pred.N, pred.Neurons, test.Repeats, test.N, test.Neurons)
	}
	for i, p := range pred.Values {
		if v := float64(p); math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Errorf("score: predictions: found %v at image %d, neuron %d; accepted are finite numbers", p, i/pred.Neurons, i%pred.Neurons)
		}
	}
	return nil
}
