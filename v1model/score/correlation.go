package score

import (
	"math"

	"v1lab/datasets"
)

// MinSD is the standard deviation over images up to which a prediction or a response counts as constant.
const MinSD = 1e-5

// Correlation returns the Pearson correlation over images between prediction and response, one number per neuron.
// A neuron whose prediction or response has an SD of MinSD or less scores 0, so that the population's mean,
// zeros included, does not reward a model for giving up on a neuron.
// Images whose response is NaN are left out for that neuron. A neuron with responses to fewer than two images has the correlation NaN, which
// averages leave out.
//
// It is an error if the shapes differ or a prediction is not finite.
func Correlation(pred, target datasets.Responses) ([]float64, error) {
	m, err := moments(pred, target)
	if err != nil {
		return nil, err
	}
	rho := make([]float64, len(m))
	for n, s := range m {
		switch {
		case s.sdPred > MinSD && s.sdTarget > MinSD:
			rho[n] = s.covariance / (s.sdPred * s.sdTarget)
		case math.IsNaN(s.sdTarget):
			rho[n] = math.NaN()
		}
	}
	return rho, nil
}

// TestCorrelation is Correlation with the average over repeats.
func TestCorrelation(pred datasets.Responses, test datasets.Repeats) ([]float64, error) {
	mean, err := Average(test)
	if err != nil {
		return nil, err
	}
	return Correlation(pred, mean)
}

// RawCorrelation is Correlation with another rule for constants: 0 if the SD of the prediction is below minSD,
// NaN if the correlation does not exist. The paper's code uses minSD = 1e-4 to compare cores learned from other neurons,
// and minSD = 0 for its per-neuron histogram; both leave NaN out of their means.
func RawCorrelation(pred, target datasets.Responses, minSD float64) ([]float64, error) {
	m, err := moments(pred, target)
	if err != nil {
		return nil, err
	}
	rho := make([]float64, len(m))
	for n, s := range m {
		rho[n] = s.covariance / (s.sdPred * s.sdTarget) // 0/0 is NaN
		if s.sdPred < minSD && s.sdTarget > 0 {
			rho[n] = 0
		}
	}
	return rho, nil
}

// moment holds one neuron's second moments over images, divisor n; NaN for fewer than two images.
type moment struct{ sdPred, sdTarget, covariance float64 }

// moments takes two passes, because a large mean would cost a small variance its precision.
func moments(pred, target datasets.Responses) ([]moment, error) {
	if err := Comparable(pred, target); err != nil {
		return nil, err
	}
	neurons := pred.Neurons
	count, meanPred, meanTarget := make([]float64, neurons), make([]float64, neurons), make([]float64, neurons)
	for i, r := range target.Values {
		if n := i % neurons; r == r {
			count[n]++
			meanPred[n] += float64(pred.Values[i])
			meanTarget[n] += float64(r)
		}
	}
	for n, c := range count {
		meanPred[n] /= c
		meanTarget[n] /= c
	}
	m := make([]moment, neurons)
	for i, r := range target.Values {
		if n := i % neurons; r == r {
			p, t := float64(pred.Values[i])-meanPred[n], float64(r)-meanTarget[n]
			m[n].sdPred += p * p
			m[n].sdTarget += t * t
			m[n].covariance += p * t
		}
	}
	for n := range m {
		m[n].sdPred = math.Sqrt(m[n].sdPred / count[n])
		m[n].sdTarget = math.Sqrt(m[n].sdTarget / count[n])
		m[n].covariance /= count[n]
		if count[n] < 2 { // nothing varies with the image
			m[n] = moment{math.NaN(), math.NaN(), math.NaN()}
		}
	}
	return m, nil
}
