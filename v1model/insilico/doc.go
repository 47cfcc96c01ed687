// Package insilico does experiments on a fitted model that nobody could do on the animal.
//
// In go a model on its device and a list of neurons; out come gradient receptive fields, most exciting images (MEIs), and the
// answers to Gabors: the optimal one of a grid, curves around it, size and contrast, orthogonal plaids. Stimuli are made and optimised on the
// device, many neurons at a time; a neuron that nothing excites is marked, its numbers are NaN.
//
// Source: Ecker et al., ICLR 2019, figure 6, and its published code; MEIs as in Walker et al., Nature Neuroscience 2019.
package insilico
