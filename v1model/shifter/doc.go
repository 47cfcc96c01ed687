// Package shifter moves receptive fields with the eye.
//
// In goes the position of the pupil [batch, 2], standardised. Out comes a shift [batch, 2] of all readouts: to the right and down, in units of the
// feature maps, of which -1 and 1 are the centres of the first and the last pixel. It is a perceptron whose layers all end in tanh, the last one too,
// with widths 2-5-5-2 in the published models (Lurz et al., ICLR 2021; Willeke et al. 2022, arXiv 2206.08666).
package shifter
