package readout

import (
	"fmt"
	"math"

	"v1lab/datasets/array"
	"v1lab/v1model/weights"
)

// Names of the variables.
const (
	Masks    = "readout/masks"           // [neurons, height, width]; |masks| is what acts
	Features = "readout/feature_weights" // [neurons, channels]
	Biases   = "readout/biases"          // [neurons]
)

const (
	startSD = 0.01 // of the start values of masks and feature weights

	// MinRate is the mean rate, in units of the responses' SD, below which a neuron counts as silent: its bias would start at
	// minus infinity, and starts where this rate puts it instead.
	MinRate = 1e-3
)

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

// Specs lists the variables of the readout. Biases start at 0; see StartBiases.
func (r *Readout) Specs() []weights.Spec {
	return []weights.Spec{
		{Name: Masks, Shape: []int{r.neurons, r.height, r.width}, Trainable: true, Init: weights.TruncatedNormal(startSD)},
		{Name: Features, Shape: []int{r.neurons, r.channels}, Trainable: true, Init: weights.TruncatedNormal(startSD)},
		{Name: Biases, Shape: []int{r.neurons}, Trainable: true, Init: weights.Constant(0)},
	}
}

// StartBiases puts each bias at half the inverse softplus of the neuron's mean training response:
// log(exp(mean) - 1)/2. It returns the neurons whose mean is below MinRate, where that would run to minus infinity.
func StartBiases(values weights.Values, meanResponses []float32) (silent []int) {
	biases := make([]float32, len(meanResponses))
	for n, mean := range meanResponses {
		m := float64(mean)
		if !(m >= MinRate) {
			silent = append(silent, n)
			m = MinRate
		}
		biases[n] = float32(0.5 * (m + math.Log(-math.Expm1(-m)))) // log(exp m - 1) without overflow
	}
	values[Biases] = array.New(biases)
	return silent
}

// Effective returns masks [neurons, height, width] and feature weights [neurons, channels] as they act on feature maps, of values
// that Specs describes.
func (r *Readout) Effective(values weights.Values) (masks, features array.Array) {
	masks, features = absolute(values[Masks]), values[Features]
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
