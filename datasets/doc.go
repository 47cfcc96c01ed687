// Package datasets holds recordings: pictures shown and how a population of neurons responded to each.
//
// In come images and responses as a format's sub-package reads them, or as the simulator makes them;
// out come a checked, normalised [Dataset] for fitting, what [Check] found wrong with it, and its [Fingerprint].
// Normalisation is that of the reference implementation of Ecker et al. (ICLR 2019, section 3):
// pictures are z-scored and responses scaled by statistics of the training part alone.
package datasets
