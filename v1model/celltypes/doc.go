// Package celltypes goes from a fitted readout to functional cell types.
//
// In go a model's weights and, if at hand, the covariance of its features; out come the readout as it acts (masks, feature weights, biases) and a
// clustering of the neurons, in which features count as alike as far as they vary together, with what figures of it need: aligned weights, an
// embedding, exemplars. Compare and Describe set clusterings beside the truth of a simulation and beside each other, cluster by cluster and neuron
// by neuron. Package fitted does it for a run.
//
// Source: Ecker et al., ICLR 2019, section 4.3; Ustyuzhaninov et al., ICLR 2020. The methods are those of package features.
package celltypes
