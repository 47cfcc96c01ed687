package loss

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/kinds"
	"v1lab/v1model/ops"
)

// Poisson is the paper's loss, for responses that are counts or rates: the negative log-likelihood of Poisson noise without the term that
// depends on the responses only.
const Poisson = "poisson"

// Epsilon is added to a rate before its logarithm is taken.
const Epsilon = 1e-5

// MinRate is the mean rate, in units of the responses' SD, below which a mean is too low for a bias. The bias, which would start near minus infinity,
// starts at the value for this rate.
const MinRate = 1e-3

func init() {
	Register(kinds.About{Name: Poisson, Summary: "rate - r log(rate + 1e-5), rate = softplus(drive + bias); for responses from 0; the paper's (Ecker et al., ICLR 2019, section 3)"}, Loss{
		Name: "Poisson", Unit: "nats",
		Rate: ops.Softplus,
		Terms: func(rates, responses *Node) *Node {
			return Sub(rates, Mul(responses, Log(AddScalar(rates, Epsilon))))
		},
		Term: func(rate, response float64) float64 {
			return rate - response*math.Log(rate+Epsilon)
		},
		Bias: halfSoftplusInverse,
	})
}

// halfSoftplusInverse is half the inverse softplus of the mean, as in the reference: log(exp(mean) - 1)/2.
func halfSoftplusInverse(mean float64) (bias float64, low bool) {
	if low = !(mean >= MinRate); low {
		mean = MinRate
	}
	return 0.5 * (mean + math.Log(-math.Expm1(-mean))), low // without overflow
}
