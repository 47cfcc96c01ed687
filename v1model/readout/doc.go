// Package readout turns feature maps into what drives neurons.
//
// In go maps [height, width, batch, channels]. Out come drives [batch, neurons] and the readout's penalty. With a spatial mask m
// [height, width] and feature weights w [channels] of each neuron:
//
//	drive = sum_c w_c sum_yx |m_yx| maps_yxc
//
// The kinds differ in their penalty and in which neurons the core learns from. Kind gaussian has a position instead of the mask. Each kind is
// one file that registers it; docs/developers/readout.md explains how to add one.
//
// Sources: Ecker et al., ICLR 2019, section 3 ("readout"), after Klindt et al., NeurIPS 2017, "Neural system identification for
// large populations separating what and where" (factorised); Lurz et al., ICLR 2021, "Generalization in data-driven models of
// primary visual cortex" (gaussian).
package readout
