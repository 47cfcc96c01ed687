// Package objective holds the penalties on filters that a fit adds to its loss.
//
// In go filters as they are convolved, in all orientations. Out come scalars, which the caller weighs and can differentiate.
//
// Source: Ecker et al., ICLR 2019, section 3 and appendix.
package objective
