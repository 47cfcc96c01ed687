// Package kept is what a run folder keeps of experiments in silico: the files of RUN/insilico.
//
// In go results of package insilico, with a key that says of what weights and neurons they are and what was asked; out come the same results, in this
// process or another. Notebooks name a file after its key, so that what was asked before is found again; the command line writes the files that it is
// told to. All have one form: the arrays of the results and "key". Those of other weights are passed over. Files of earlier versions are read.
//
// Source of the experiments: Ecker et al., ICLR 2019, figure 6.
package kept
