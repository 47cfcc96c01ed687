package score

import (
	"fmt"
	"math"

	"v1lab/datasets"
)

// LogEpsilon is added to a rate before its logarithm is taken.
const LogEpsilon = 1e-5

// Poisson returns the loss that models are fitted with: the mean over images of the sum over neurons of
// rate - r*log(rate + LogEpsilon). Pairs whose response is NaN add nothing.
//
// It is an error if the shapes differ or a rate is negative or not finite.
func Poisson(rates, responses datasets.Responses) (float64, error) {
	loss, err := PoissonPerNeuron(rates, responses)
	if err != nil {
		return math.NaN(), err
	}
	sum := 0.0
	for _, l := range loss {
		sum += l
	}
	return sum, nil
}

// PoissonPerNeuron returns every neuron's share of Poisson.
func PoissonPerNeuron(rates, responses datasets.Responses) ([]float64, error) {
	if err := checkPair(rates, responses); err != nil {
		return nil, err
	}
	loss := make([]float64, rates.Neurons)
	for i, rate := range rates.Values {
		if rate < 0 {
			return nil, fmt.Errorf("score: rates: found %v at image %d, neuron %d; the Poisson loss accepts rates from 0", rate, i/rates.Neurons, i%rates.Neurons)
		}
		if r := responses.Values[i]; r == r {
			loss[i%rates.Neurons] += float64(rate) - float64(r)*math.Log(float64(rate)+LogEpsilon)
		}
	}
	for n := range loss {
		loss[n] /= float64(rates.N)
	}
	return loss, nil
}
