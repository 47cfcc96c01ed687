package readout

import (
	"fmt"

	"v1lab/datasets"
	"v1lab/datasets/array"
	"v1lab/v1model/weights"

	. "github.com/gomlx/gomlx/core/graph"
)

// Readout computes what drives each neuron from feature maps. It is one kind of readout for feature maps of one size.
//
// Outside of training a readout is linear in the maps, with a mask m_n and feature weights w_n of each neuron, which Effective returns:
//
//	drive_bn = sum_c w_nc sum_p m_np maps_pbc
//
// Cell types, receptive fields and most exciting images are computed from these. The model adds the neurons' biases to the drive, and the loss's link
// converts the sum to rates.
type Readout interface {
	// Specs lists the variables, biases left out. Names begin with readout/.
	Specs() []weights.Spec
	// Apply builds the drive from maps [height, width, batch, channels].
	Apply(w weights.Nodes, maps *Node, training bool) Output
	// Penalties lists the terms of the penalty, weighted; there is at least one.
	Penalties(w weights.Nodes) []Term
	// Effective returns the masks [neurons, height, width] and feature weights [neurons, channels] that multiply the maps, float32.
	Effective(values weights.Values) (masks, features array.Array)
}

// Output is what a readout computes.
type Output struct {
	Drive   *Node         // [batch, neurons]
	Pooled  *Node         // [neurons, batch, channels], maps summed under each neuron's mask or read at its position; nil if the kind has no use for it
	Updates weights.Nodes // new values of variables that are not trained, if training; may be nil
}

// Term is one term of a penalty, a scalar, weighted.
type Term struct {
	Weight string // name of the config's field that weighs it, such as mask_sparsity
	Value  *Node
}

// Starter is a Readout with start values that depend on the data: Start replaces them among the drawn ones. The data are normalised.
type Starter interface {
	Start(values weights.Values, data *datasets.Dataset, seed uint64) error
}

// Constrainer is a Readout with constrained variables. After each training step, Constrain replaces values in next, which has the whole model's
// variables, so that the constraints hold.
type Constrainer interface {
	Constrain(next weights.Nodes)
}

// Positioner is a Readout in which each neuron has one position. Positions returns column and row, [neurons, 2], in pixels of the feature maps from the
// centre of the first pixel.
type Positioner interface {
	Positions(values weights.Values) array.Array
}

// Size gives the size of the feature maps and the number of neurons.
type Size struct{ Height, Width, Channels, Neurons int }

// New makes the readout of a configuration. An error names the field that has an unusable value.
func New(c Config, size Size) (Readout, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if size.Neurons < 1 {
		return nil, fmt.Errorf("readout: %d neurons, there must be at least 1", size.Neurons)
	}
	kind, err := c.kind()
	if err != nil {
		return nil, err
	}
	return kind.New(c, size)
}
