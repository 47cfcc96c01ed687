// Package features reads functional cell types off a fitted readout.
//
// In come feature weights [neurons, rotations, features]; out come each neuron's power per feature, its group, whether it is
// "clean" (Ecker et al., ICLR 2019, section "Feature analysis"), and clusters of neurons that compute the same thing
// at whatever orientation: weights are turned against each other before they are compared (after Ustyuzhaninov et al., ICLR 2020).
// Cluster turns while it groups; Align turns first, and k-means, a Gaussian mixture, Ward's tree or a Method of one's own groups afterwards.
// ARI, Confusion and Consistent compare clusterings with a known truth and with those of other fits. Everything is plain Go.
package features
