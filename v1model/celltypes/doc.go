// Package celltypes derives functional cell types from a fitted readout.
//
// In go a model's weights and, if available, the covariance of its feature maps. Out come the effective readout (masks, feature weights, biases) and a
// clustering of the neurons, in which features are as similar as they covary. Of cores without rotations, neurons are clustered by their tuning instead. Figures get aligned weights, an embedding and exemplars. Compare and
// Describe compare clusterings with the true types of a simulation and with each other, cluster by cluster and neuron by neuron. Package fitted applies
// this to a run.
//
// Source: Ecker et al., ICLR 2019, section 4.3; Ustyuzhaninov et al., ICLR 2020. The methods are those of package features.
package celltypes
