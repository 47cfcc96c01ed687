// Package vjp gives a function of graph nodes a gradient written by hand, where the one that follows from its parts takes more passes over
// memory or rounds worse. In go the inputs, the function and its vector-Jacobian product; out comes the function's value.
package vjp
