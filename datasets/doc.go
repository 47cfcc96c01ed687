// Package datasets represents recordings: images that were shown and the responses of a population of neurons to each.
//
// In come images and responses, read by a format's sub-package or made by the simulator.
// Out come a checked, normalised [Dataset] to fit, the problems that [Check] found in it, and its [Fingerprint].
// Normalisation follows the reference implementation of Ecker et al. (ICLR 2019, section 3):
// images are z-scored and responses scaled by statistics of the training part alone.
package datasets
