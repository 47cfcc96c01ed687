// Package activation holds the nonlinearities of cores and readouts, by the names that configurations use.
//
// In goes a node of any shape, out comes one of the same shape. They agree with the paper's reference implementation, which
// writes softplus as log(exp(x) + 1), but do not overflow for large inputs.
package activation
