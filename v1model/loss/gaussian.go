package loss

import (
	. "github.com/gomlx/gomlx/core/graph"

	"v1lab/v1model/kinds"
)

// Gaussian is half the squared error, for responses that go below 0, such as z-scored ones or dF/F. It is the negative log-likelihood of Gaussian
// noise of SD 1 up to a constant. Near a rate of 1 its curvature equals that of Poisson, so the same penalties suit both.
const Gaussian = "gaussian"

func init() {
	Register(kinds.About{Name: Gaussian, Summary: "(rate - r)^2 / 2, rate = drive + bias; for responses of any sign"}, Loss{
		Name: "Gaussian", Unit: "half squared error", Signed: true,
		Rate:  func(x *Node) *Node { return x },
		Terms: func(rates, responses *Node) *Node { return DivScalar(Square(Sub(rates, responses)), 2) },
		Term:  func(rate, response float64) float64 { return (rate - response) * (rate - response) / 2 },
		Bias: func(mean float64) (bias float64, low bool) {
			if mean != mean { // never recorded
				return 0, true
			}
			return mean, false
		},
	})
}
