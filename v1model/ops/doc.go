// Package ops adds to GoMLX the graph operations that the model needs: products of matrices, sums and orders of rows, nonlinearities, and gradients written by hand.
//
// In go nodes, out come nodes. The gradients of MatMul and the other products are plain matrix products: those that GoMLX derives
// have the contracted axes last and transpose large arrays back, which costs more than the product itself. Nonlinearities have the names
// that configurations use (Activations); softplus equals the paper's log(exp(x) + 1) but does not overflow. WithGradient gives any function
// a gradient written by hand, for cases in which the derived one takes more passes over memory or is less accurate.
package ops
