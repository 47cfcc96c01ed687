// Package weights names the variables of a model.
//
// Every part of a model lists what it needs as Specs: name, shape, whether training changes it, how it starts. Their values
// are plain arrays by name (Values), which go to the device, into checkpoints and come from them; while a graph is built
// they are graph nodes by name (Nodes). Names are those of the paper's reference implementation ("core/conv1/coeffs"), so that
// weights from there need no table of translations.
package weights
