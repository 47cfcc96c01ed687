// Package kept stores results of in-silico experiments in a run folder, as files in RUN/insilico.
//
// In go results of package insilico, with a key that identifies weights, neurons and settings. Out come the same results, in this process or a later
// one. A file holds the arrays of the result and the array "key". Notebooks name the file after its key, so that a repeated question finds the
// stored result; the command line writes the file that the user names. Results of other weights are skipped. Files of earlier versions are read.
//
// Source of the experiments: Ecker et al., ICLR 2019, figure 6.
package kept
