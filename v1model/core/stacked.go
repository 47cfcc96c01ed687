package core

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"v1lab/v1model/kinds"
	"v1lab/v1model/weights"
)

// Stacked is the core of most models of mouse V1: convolutions, plain or depth-separable, with batch normalisation and activations (Lurz et al., ICLR 2021;
// Stacked2dCore of neuralpredictors).
const Stacked = "stacked"

// Accepted values of Config.Convolutions.
const (
	Plain     = "plain"
	Separable = "separable"
)

// Convolutions lists the accepted values of Config.Convolutions.
var Convolutions = []string{Plain, Separable}

// Accepted values of Config.Norms.
const (
	Affine = "affine" // scale and bias
	Scale  = "scale"
	Bias   = "bias"
	Fixed  = "fixed" // neither
	NoNorm = "none"
)

// Norms lists the accepted values of Config.Norms.
var Norms = []string{Affine, Scale, Bias, Fixed, NoNorm}

// momentum names the option that is PyTorch's: the share of the batch in the new moving averages.
const momentum = "momentum"

func init() {
	k := stackKind{
		firstLayer: 0, variable: "weights", dilated: true, general: true,
		check: func(c Config) error {
			switch m := c.Option(momentum, 0.1); {
			case c.Rotations != 1:
				return fmt.Errorf("core.rotations: %d, must be 1 where core.kind is stacked, whose filters are not rotated", c.Rotations)
			case c.SharedBiases:
				return fmt.Errorf("core.shared_biases: true, must be false where core.kind is stacked, which has no orientations to share them")
			case !(m > 0 && m <= 1):
				return fmt.Errorf("core.options: momentum %g, must be above 0 and at most 1", m)
			}
			return nil
		},
		canonical: func(c Config) Config {
			c.Upsampling, c.Interpolation = 0, ""
			n := c.Layers()
			c.Convolutions, c.Norms, c.ConvBiases = at(c.Convolutions, Plain, n), at(c.Norms, Affine, n), at(c.ConvBiases, false, n)
			return c
		},
		variableShape: pixels,
	}.kind()
	k.Options = []string{momentum}
	Register(kinds.About{Name: Stacked, Summary: "plain or depth-separable convolutions with batch normalisation, not equivariant (Lurz et al., ICLR 2021); published PyTorch models have it"}, k)
}

// at is list, or otherwise for each layer if it is empty.
func at[T any](list []T, otherwise T, layers int) []T {
	if len(list) > 0 {
		return list
	}
	return slices.Repeat([]T{otherwise}, layers)
}

func (c Config) separable(layer int) bool {
	return layer < len(c.Convolutions) && c.Convolutions[layer] == Separable
}

// withoutGeneral returns an error if a field of kind stacked is set.
func (c Config) withoutGeneral() error {
	for _, field := range []struct {
		name  string
		set   bool
		value any
	}{{"convolutions", len(c.Convolutions) > 0, c.Convolutions}, {"norms", len(c.Norms) > 0, c.Norms}, {"conv_biases", len(c.ConvBiases) > 0, c.ConvBiases}} {
		if field.set {
			return fmt.Errorf("core.%s: %v, the kind is %s, accepted with %s alone", field.name, field.value, c.Kind, Stacked)
		}
	}
	return nil
}

// validateGeneral checks what only kind stacked has, in one layer.
func validateGeneral(c Config, i int) error {
	layers := c.Layers()
	convolution, norm := at(c.Convolutions, Plain, layers)[i], at(c.Norms, Affine, layers)[i]
	switch {
	case !slices.Contains(Convolutions, convolution):
		return fmt.Errorf("core.convolutions: %q in layer %d, accepted: %s", convolution, i+1, strings.Join(Convolutions, ", "))
	case !slices.Contains(Norms, norm):
		return fmt.Errorf("core.norms: %q in layer %d, accepted: %s", norm, i+1, strings.Join(Norms, ", "))
	case c.separable(i) && c.evaluation(i) == Unfolded:
		return fmt.Errorf("core.evaluation: %q in layer %d, which is separable; accepted there: %s, %s", Unfolded, i+1, Direct, Spectral)
	case c.separable(i) && c.Sparsity > 0 && c.SparseRel[i] > 0:
		return fmt.Errorf("core.sparsity_rel: %g in layer %d, which is separable: it has no filters from map to map to make sparse; accepted there: 0", c.SparseRel[i], i+1)
	}
	return nil
}

// generalise sets what kind stacked has of its own.
func (l *layer) generalise(c Config, i int) {
	norm := at(c.Norms, Affine, c.Layers())[i]
	l.separable, l.convBias = c.separable(i), at(c.ConvBiases, false, c.Layers())[i]
	l.normed, l.gamma, l.beta = norm != NoNorm, norm == Affine || norm == Scale, norm == Affine || norm == Bias
	l.normDecay, l.epsilon = 1-c.Option(momentum, 0.1), 1e-5
	area := l.size * l.size
	l.variable.Init = xavier(l.in*area, l.features*area)
	if l.separable {
		l.variable.Shape, l.variable.Init = []int{l.size, l.size, l.features}, xavier(area, l.features*area)
	}
}

// xavier draws from a normal distribution, of variance 2/(fan in + fan out).
func xavier(in, out int) weights.Initializer {
	sd := math.Sqrt(2 / float64(in+out))
	return func(rng *rand.Rand, values []float32) {
		for i := range values {
			values[i] = float32(sd * rng.NormFloat64())
		}
	}
}

// generalSpecs lists the variables of a convolution beside the filters in space: products over channels in front and behind if it is separable, and biases.
func (l *layer) generalSpecs() []weights.Spec {
	var specs []weights.Spec
	parts := []string{""}
	if l.separable {
		parts = []string{"_in", "", "_out"}
		specs = append(specs,
			weights.Spec{Name: l.name + "/weights_in", Shape: []int{l.in, l.features}, Trainable: true, Init: xavier(l.in, l.features)},
			weights.Spec{Name: l.name + "/weights_out", Shape: []int{l.features, l.features}, Trainable: true, Init: xavier(l.features, l.features)})
	}
	for _, part := range parts {
		if l.convBias {
			specs = append(specs, weights.Spec{Name: l.name + "/biases" + part, Shape: []int{l.features}, Trainable: true, Init: weights.Constant(0)})
		}
	}
	return specs
}
