// Package ops adds to GoMLX the graph operations that the model needs: products of matrices, nonlinearities, and gradients written by hand.
//
// In go nodes, out come nodes. The gradient of a matrix product is again a plain matrix product (MatMul and its kin): the one that GoMLX derives
// has the contracted axes last and transposes large arrays back, which costs more than the product itself. Nonlinearities are known by the names
// that configurations use (Activations); softplus agrees with the paper's log(exp(x) + 1) but does not overflow. WithGradient gives any function
// the gradient that its caller writes down, where the derived one takes more passes over memory or rounds worse.
package ops
