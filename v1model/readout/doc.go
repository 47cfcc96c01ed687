// Package readout maps feature maps to the rates of neurons.
//
// In go maps [height, width, batch, channels]; out come rates [batch, neurons] and the readout's penalty. Each neuron has a
// spatial mask m [height, width], used as |m|, and feature weights w [channels]:
//
//	rate = softplus(b + sum_c w_c sum_yx |m_yx| maps_yxc)
//
// The kinds differ in their penalty and in which neurons the core learns from; kind gaussian has a position in place of the mask.
//
// Sources: Ecker et al., ICLR 2019, section 3 ("readout"), after Klindt et al., NeurIPS 2017, "Neural system identification for
// large populations separating what and where" (factorised); Lurz et al., ICLR 2021, "Generalization in data-driven models of
// primary visual cortex" (gaussian).
package readout
