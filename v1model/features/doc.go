// Package features reads functional cell types off a fitted readout.
//
// In come feature weights [neurons, rotations, features]. Out come each neuron's power per feature, its group, whether it is
// "clean" (Ecker et al., ICLR 2019, section "Feature analysis"), and clusters of neurons that compute the same thing
// at any orientation: weights are aligned over orientation before they are compared (after Ustyuzhaninov et al., ICLR 2020).
// Cluster aligns neurons while it groups them. Align aligns them first; k-means, a Gaussian mixture, Ward's tree or your own Method groups them afterwards.
// DivideJointly groups neurons by several fits together and says how many clusters come back between halves of the fits.
// FindTypes fits a mixture, for fits that draw neurons to their types.
// ARI, Confusion and Consistent compare clusterings with known types and with those of other fits. Everything is plain Go.
package features
