// Package readout maps feature maps to the rates of neurons.
//
// In go maps [batch, height, width, channels]; out come rates [batch, neurons] and the readout's penalty. Each neuron has a
// spatial mask m [height, width], used as |m|, and feature weights w [channels]:
//
//	rate = softplus(b + sum_c w_c sum_yx |m_yx| maps_yxc)
//
// Source: Ecker et al., ICLR 2019, section 3 ("readout") after Klindt et al., NeurIPS 2017.
package readout
