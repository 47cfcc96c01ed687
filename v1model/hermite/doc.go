// Package hermite makes the steerable filter basis of the rotation-equivariant core.
//
// In goes a filter size in pixels. Out come the sampled two-dimensional Hermite functions and the matrices that
// rotate a filter by acting on its coefficients. It is plain Go: the core puts both into its graph as constants.
//
// Source: Ecker et al., ICLR 2019, section 3; Victor et al., "Responses of V1 neurons to two-dimensional Hermite
// functions", J. Neurophysiol. 95 (2006).
package hermite
