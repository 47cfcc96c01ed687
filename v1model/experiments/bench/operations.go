package bench

import (
	"v1lab/v1model"
	"v1lab/v1model/core"
)

// Operations counts a model's floating-point operations if every layer is evaluated directly. A product and its sum count as two. Counted are:
//
//	core      convolution, per image and layer: 2 height' width' size^2 in out
//	readout   per image: 2 neurons places channels under the masks, 2 neurons channels for the feature weights
//	filters   per step and layer of a steerable basis: 2 rotations size^2 functions in features
//
// Elementwise operations (normalisation, activations, loss, penalties, the optimiser) are left out. In training a product counts three times, once
// forward and once for each factor's gradient; the gradient by the images, which is not needed, does not count. An evaluation that takes
// fewer operations, for instance by Fourier transforms, has the same count, so its rate may exceed the machine's speed.
type Operations struct {
	Core    float64 `json:"core"`    // forward, one image
	First   float64 `json:"first"`   // the first layer's part of Core
	Readout float64 `json:"readout"` // forward, one image
	Filters float64 `json:"filters"` // forward, one step
}

// Count counts the operations of a model. A core that is not core.Counted is an error.
func Count(m *v1model.Model) (Operations, error) {
	counted, err := core.Need[core.Counted](m.Core, m.Config.Core.Kind, "counting operations")
	if err != nil {
		return Operations{}, err
	}
	k := counted.Operations()
	o := Operations{First: k.Layers[0], Filters: k.Filters}
	for _, layer := range k.Layers {
		o.Core += layer
	}
	height, width, channels := m.Core.OutputShape()
	o.Readout = 2*product64(m.Shape.Neurons, height*width, channels) + 2*product64(m.Shape.Neurons, channels)
	return o, nil
}

// Step returns the operations of one training step.
func (o Operations) Step(batch int) float64 {
	return float64(batch)*(3*o.Core-o.First+3*o.Readout) + 2*o.Filters
}

// Forward returns the operations of predicting so many images in one call.
func (o Operations) Forward(images int) float64 {
	return float64(images)*(o.Core+o.Readout) + o.Filters
}

func product64(factors ...int) float64 {
	p := 1.0
	for _, f := range factors {
		p *= float64(f)
	}
	return p
}
