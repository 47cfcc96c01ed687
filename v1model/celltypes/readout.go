package celltypes

import (
	"v1lab/datasets/array"
	"v1lab/v1model"
	"v1lab/v1model/core"
	"v1lab/v1model/features"
	"v1lab/v1model/readout"
	"v1lab/v1model/weights"
)

// Readout is the effective readout of a fitted model: masks and weights as they multiply the feature maps.
type Readout struct {
	Weights features.Weights // [neurons, rotations, features]; one rotation if the core is not core.Oriented
	Masks   array.Array      // float32 [neurons, height, width], in pixels of the feature maps
	Biases  array.Array      // float32 [neurons]
}

// ReadoutFrom returns the effective readout of a model with given weights.
func ReadoutFrom(m *v1model.Model, values weights.Values) (Readout, error) {
	masks, weights := m.Effective(values)
	r := Readout{Masks: masks, Biases: values[readout.Biases]}
	r.Weights = features.Weights{Neurons: m.Shape.Neurons}
	r.Weights.Rotations, _ = core.Rotations(m.Core)
	var err error
	if r.Weights.Values, err = weights.Float32s(); err != nil {
		return Readout{}, err
	}
	_, _, channels := m.Core.OutputShape()
	r.Weights.Features = channels / r.Weights.Rotations
	return r, r.Weights.Check()
}
