// Package tfcheckpoint reads TensorFlow V2 checkpoints without TensorFlow, to import models that were trained elsewhere.
//
// In comes a checkpoint's folder or prefix (PREFIX.index, a sorted table of variables, and PREFIX.data-*, their values).
// Out come its variables as arrays, and the variables of one model as weights, with a list of the unused ones. Checksums of the
// table and of every variable that is read are verified. Variable names are those of the reference implementation of
// Ecker et al., ICLR 2019, which this project uses too.
package tfcheckpoint
