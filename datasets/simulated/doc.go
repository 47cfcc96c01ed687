// Package simulated makes a recording whose every neuron is known: pictures, a V1 population and its noisy responses.
//
// In comes a seed and sizes, as simulated:?neurons=150&images=4000&snr=0.5&seed=1; out comes a dataset with its truth:
// which of five computations (ten are known) each neuron does, at what orientation and where. Neurons of one type do the same thing turned and moved,
// which is what the model of Ecker et al. (ICLR 2019, sections 1 and 3.1) looks for. The same seed gives the same bits on any number of processors.
package simulated
