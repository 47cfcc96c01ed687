// Package objective holds the penalties on filters that a fit adds to its loss.
//
// In go filters as convolved (all orientations); out come scalars, and gradients through them. Weights of the penalties are the caller's.
//
// Source: Ecker et al., ICLR 2019, section 3 and appendix.
package objective
