package readout

import (
	"math"

	"v1lab/datasets/array"
	"v1lab/v1model/weights"
)

// Names of the variables that most kinds have. Biases are the model's, whatever its readout.
const (
	Masks    = "readout/masks"           // [neurons, height, width]; used as |masks| unless Config.PositiveMasks is false
	Features = "readout/feature_weights" // [neurons, channels]
	Biases   = "readout/biases"          // [neurons]
)

const startSD = 0.01 // of the start values of masks and feature weights

// Weighted is what readouts with feature weights share. A kind embeds it, or Masked, which does.
type Weighted struct {
	Config Config
	Size   Size
}

// FeatureSpec describes the feature weights. The reference's start from a truncated normal, weights.TruncatedNormal(0.01).
func (r Weighted) FeatureSpec(init weights.Initializer) weights.Spec {
	return weights.Spec{Name: Features, Shape: []int{r.Size.Neurons, r.Size.Channels}, Trainable: true, Init: init}
}

// BiasSpec describes the biases of so many neurons. They start at 0 here; a fit starts them from the data.
func BiasSpec(neurons int) weights.Spec {
	return weights.Spec{Name: Biases, Shape: []int{neurons}, Trainable: true, Init: weights.Constant(0)}
}

// EffectiveFeatures returns the effective feature weights, |w| if Config.PositiveFeatures, [neurons, channels].
func (r Weighted) EffectiveFeatures(values weights.Values) array.Array {
	if r.Config.PositiveFeatures {
		return absolute(values[Features])
	}
	return values[Features]
}

func absolute(a array.Array) array.Array {
	values := a.Data.([]float32)
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(math.Abs(float64(v)))
	}
	return array.Array{Shape: a.Shape, Data: out}
}
