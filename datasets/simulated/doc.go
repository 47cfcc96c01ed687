// Package simulated simulates a recording with known ground truth: images, a V1 population and its noisy responses.
//
// In come a seed and sizes, as simulated:?neurons=150&images=4000&snr=0.5&seed=1. Out comes a dataset with its truth: each neuron's
// computation (five by default, ten in all), orientation and position. Neurons of one type compute the same function, rotated and shifted;
// such types are what the model of Ecker et al. (ICLR 2019, sections 1 and 3.1) looks for. The same seed gives the same bits on any number of processors.
package simulated
