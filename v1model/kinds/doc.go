// Package kinds keeps the kinds of one part: readouts, cores and losses of a model, figures of a run.
//
// In goes a kind with its name, from a package's init function; out comes the kind that a configuration names, or an error that lists
// what is accepted. A kind may come from outside of this project, such as a cell of a notebook: run folders record where from, so that a
// program without it can say what it lacks.
package kinds
