package readout

import (
	"fmt"
	"math"

	"v1lab/datasets/array"
	"v1lab/v1model/weights"
)

// Names of the variables. Gaussian has positions in place of Masks.
const (
	Masks    = "readout/masks"           // [neurons, height, width]; |masks| is what acts, unless Config says otherwise
	Features = "readout/feature_weights" // [neurons, channels]
	Biases   = "readout/biases"          // [neurons]
)

const startSD = 0.01 // of the start values of masks and feature weights

// Readout predicts the rates of neurons from feature maps of one size.
type Readout struct {
	Config                  Config
	height, width, channels int
	neurons                 int
}

// New lays out a readout for feature maps [batch, height, width, channels].
func New(config Config, height, width, channels, neurons int) (*Readout, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if neurons < 1 {
		return nil, fmt.Errorf("readout: %d neurons, there must be at least 1", neurons)
	}
	return &Readout{config, height, width, channels, neurons}, nil
}

// Specs lists the variables of the readout. Biases start at 0 here, masks at random: see Start.
func (r *Readout) Specs() []weights.Spec {
	features := weights.Spec{Name: Features, Shape: []int{r.neurons, r.channels}, Trainable: true, Init: weights.TruncatedNormal(startSD)}
	where := []weights.Spec{{Name: Masks, Shape: []int{r.neurons, r.height, r.width}, Trainable: true, Init: weights.TruncatedNormal(startSD)}}
	if r.Config.Kind == Gaussian {
		where = r.positionSpecs()
		features.Init = weights.Constant(1 / float32(r.channels))
	}
	return append(where, features, weights.Spec{Name: Biases, Shape: []int{r.neurons}, Trainable: true, Init: weights.Constant(0)})
}

// Effective returns masks [neurons, height, width] and feature weights [neurons, channels] as they act on feature maps, of values
// that Specs describes. The masks of Gaussian are the bilinear interpolation at its mean positions: at most four pixels, of sum 1.
func (r *Readout) Effective(values weights.Values) (masks, features array.Array) {
	switch {
	case r.Config.Kind == Gaussian:
		masks = r.meanMasks(values)
	case r.Config.positiveMasks():
		masks = absolute(values[Masks])
	default:
		masks = values[Masks]
	}
	features = values[Features]
	if r.Config.PositiveFeatures {
		features = absolute(features)
	}
	return masks, features
}

func absolute(a array.Array) array.Array {
	values := a.Data.([]float32)
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(math.Abs(float64(v)))
	}
	return array.Array{Shape: a.Shape, Data: out}
}
