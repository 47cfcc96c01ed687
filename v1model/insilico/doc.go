// Package insilico does experiments on a fitted model that nobody could do on the animal.
//
// In go a model on its device and a list of neurons. Out come gradient receptive fields, most exciting, inhibiting and diverse images (MEIs), and responses to Gabors: the
// optimal Gabor of a grid, tuning curves around it, size-contrast tuning, and orthogonal plaids. Stimuli are drawn and optimised on the device, for
// many neurons at a time. A neuron that nothing excites is marked as dead, and its numbers are NaN.
//
// Source: Ecker et al., ICLR 2019, figure 6, and its published code; MEIs as in Walker et al., Nature Neuroscience 2019.
package insilico
