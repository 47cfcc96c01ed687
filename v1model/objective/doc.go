// Package objective holds what a fit minimises: the Poisson loss and the penalties on filters.
//
// In go rates and responses, or filters as convolved (all orientations); out come scalars, and
// gradients through them. Weights of the penalties are the caller's.
//
// Source: Ecker et al., ICLR 2019, section 3 and appendix.
package objective
