// Package weights names the variables of a model.
//
// Every part of a model lists its variables as Specs: name, shape, whether training changes it, and its start values. Values
// are plain arrays by name, for devices and checkpoints. Nodes are graph nodes by name, for building graphs.
// Names are those of the paper's reference implementation ("core/conv1/coeffs"), so that weights from there can be read without translation.
package weights
