package loss

import (
	"fmt"
	"math"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
)

// ELU1 is the rate elu(x) + 1, which is x + 1 above 0 and exp(x) below (neuralpredictors; Lurz et al., ICLR 2021).
const ELU1 = "elu1"

// Rates lists the values of the config's rate; empty stands for the loss's own link.
var Rates = []string{ELU1}

// WithRate returns the loss with another link from the sum of drive and bias to the rate; an empty name leaves it as it is.
func (l Loss) WithRate(name string) (Loss, error) {
	switch name {
	case "":
	case ELU1:
		l.Rate, l.Bias = elu1, inverseELU1
	default:
		return l, fmt.Errorf("rate: %q, accepted: %s, or nothing for the link of fit.loss", name, strings.Join(Rates, ", "))
	}
	return l, nil
}

// elu1 is elu(x) + 1 without the loss of digits where that is near 0.
func elu1(x *Node) *Node {
	zero := ZerosLike(x)
	return Where(GreaterOrEqual(x, zero), AddScalar(x, 1), Exp(Min(x, zero)))
}

// inverseELU1 is the bias at which the rate is the mean.
func inverseELU1(mean float64) (bias float64, low bool) {
	if low = !(mean >= MinRate); low {
		mean = MinRate
	}
	if mean > 1 {
		return mean - 1, low
	}
	return math.Log(mean), low
}
