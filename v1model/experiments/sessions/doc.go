// Package sessions runs one protocol over several recordings: do models of different kinds predict the neurons of each better than ridge regression on
// pixels, and better than each other?
//
// In go names of recordings, models (the first is compared with the others), strengths of the readout's penalty, a number of seeds and a folder. For each
// recording and model the strength is chosen by the validation loss of one fit with each, and fits with the other seeds follow. Out come run folders and a
// Report: test correlations, how they spread over seeds, neurons and images, paired differences between models, and shares of the ceiling where repeats
// or images that were shown twice tell it. Recordings that share images also get one joint core. Finished fits are read, so that a call can be
// stopped and repeated.
package sessions
