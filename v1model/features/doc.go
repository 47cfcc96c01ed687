// Package features reads functional cell types off a fitted readout.
//
// In come feature weights [neurons, rotations, features]; out come each neuron's power per feature, its group, whether it is
// "clean" (Ecker et al., ICLR 2019, section "Feature analysis"), and clusters of neurons that compute the same thing
// at whatever orientation: weights are turned against each other before they are compared (after Ustyuzhaninov et al., ICLR 2020).
// ARI, Stability and Confusion compare clusterings with each other and with a known truth. Everything is plain Go.
package features
