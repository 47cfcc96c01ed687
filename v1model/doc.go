// Package v1model is the model of primary visual cortex: a rotation-equivariant core that all neurons share, and a readout
// that locates each neuron in space and in the space of features.
//
// In go a Config (typed, validated, from YAML or a preset of the paper) and the shape of the data. Out comes a Model: its variables,
// and the graph from images [batch, height, width, channels] to rates [batch, neurons] and to the loss.
// Package fit trains it; package features analyses its weights.
//
// Source: Ecker et al., "A rotation-equivariant convolutional neural network model of primary visual cortex", ICLR 2019.
package v1model
