// Package answers computes what a notebook's cell asks of a fitted run.
//
// In goes a question of package questions and a run, out comes its answer. Package lab calls it in the cell's own process, package engine in the
// resident one: both give the same numbers.
package answers
