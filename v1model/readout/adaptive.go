package readout

import (
	"fmt"
	"math"

	"v1lab/v1model/weights"

	. "github.com/gomlx/gomlx/core/graph"
)

// LogStrengths is the variable of Config.Adaptive, [neurons], trained like the weights. Only differences between neurons count: the strengths relative to
// readout.sparsity are exp(z_n - mean z).
const LogStrengths = "readout/log_strengths"

// defaultSpread is Config.AdaptiveSpread if it is 0.
const defaultSpread = 0.5

// StrengthSpec describes the strengths of so many neurons. They start at 1.
func StrengthSpec(neurons int) weights.Spec {
	return weights.Spec{Name: LogStrengths, Shape: []int{neurons}, Trainable: true, Init: weights.Constant(0)}
}

// validateAdaptive checks the fields of the strengths.
func (c Config) validateAdaptive() error {
	if !(c.AdaptiveSpread >= 0) || math.IsInf(c.AdaptiveSpread, 0) {
		return fmt.Errorf("readout.adaptive_spread: %g, must be at least 0 and finite", c.AdaptiveSpread)
	}
	if c.AdaptiveSpread != 0 && !c.Adaptive {
		return fmt.Errorf("readout.adaptive_spread: %g, accepted with readout.adaptive: true alone", c.AdaptiveSpread)
	}
	return nil
}

// adaptivePenalty is the penalty of neurons whose own penalties A_n, positive and [neurons], are weighed each with a strength of its own,
//
//	s sum_n A_n (exp(t_n) + v/(2 d^2)),  t_n = z_n - mean z,  v = mean t^2
//
// where s is the strength of all, z are LogStrengths and d is Config.AdaptiveSpread. Means are over neurons with A_n > 0: of several sessions, those of the
// batch's.
//
// It is the negative logarithm of a hierarchical prior: Laplace of strength s e^t_n for a neuron's weights, log-normal of median s for the strengths (Turishcheva et
// al., NeurIPS 2024, "Reproducibility of predictive networks for mouse visual cortex"). A Laplace prior of strength s e^t for K weights has the normaliser
// -K t. Without it, every strength falls to lower the penalty; with it, the sum over neurons vanishes if t has mean 0, which the
// definition of t imposes. So strengths can differ, and cannot all fall: their geometric mean is s, whatever the weights. One
// neuron's strength that goes to 0 or to infinity costs t^2. K is what a neuron's penalty is expected to be under the prior, and is taken as the mean of s A. So
// the whole is in proportion to A, like the penalty without strengths, and equals it if all A_n are equal.
func (c Config) adaptivePenalty(w weights.Nodes, penalties *Node) *Node {
	z := w.Get(LogStrengths)
	counted := ConvertDType(GreaterThan(penalties, ZerosLike(penalties)), z.DType())
	count := Max(ReduceAllSum(counted), OnesLike(ReduceAllSum(counted)))
	t := Mul(counted, Sub(z, Div(ReduceAllSum(Mul(counted, z)), count)))
	variance := Div(ReduceAllSum(Square(t)), count)
	spread := orElse(c.AdaptiveSpread, defaultSpread)
	weighed := ReduceAllSum(Mul(penalties, Exp(t)))
	return Add(weighed, Mul(ReduceAllSum(penalties), MulScalar(variance, 1/(2*spread*spread))))
}

// Strengths returns each neuron's strength as a multiple of the common one, of geometric mean 1 in each session of so many neurons, or over all if none are
// given. It returns nil if the values have none.
func Strengths(values weights.Values, sessions ...int) []float64 {
	z := values.Float32(LogStrengths)
	if z == nil {
		return nil
	}
	if len(sessions) == 0 {
		sessions = []int{len(z)}
	}
	of := make([]float64, 0, len(z))
	for _, n := range sessions {
		mean, first := 0.0, len(of)
		for _, v := range z[first : first+n] {
			mean += float64(v) / float64(n)
		}
		for _, v := range z[first : first+n] {
			of = append(of, math.Exp(float64(v)-mean))
		}
	}
	return of
}
