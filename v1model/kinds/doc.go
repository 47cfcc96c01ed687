// Package kinds is a registry of named kinds: of a model's readouts, cores and losses, and of a run's figures.
//
// In goes a kind with its name, from a package's init function. Out comes the kind that a configuration names, or an error that lists
// the accepted names. A kind may be defined outside of this project, for instance in a cell of a notebook. Run folders record where, so that a
// program without the kind can name the package or notebook it needs.
package kinds
