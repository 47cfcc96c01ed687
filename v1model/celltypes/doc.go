// Package celltypes goes from a run folder to functional cell types.
//
// In go a run folder and, if at hand, the data of its fit; out come the readout as it acts (masks, feature weights, biases) and a
// clustering of the neurons, in which features count as alike as far as they respond alike to the validation images.
// Compare sets clusterings beside the truth of a simulation and beside each other, cluster by cluster and neuron by neuron;
// Analyse and Describe add what figures need: aligned weights, an embedding, exemplars. The command line and the notebooks share it.
//
// Source: Ecker et al., ICLR 2019, section 4.3; Ustyuzhaninov et al., ICLR 2020. The methods are those of package features.
package celltypes
