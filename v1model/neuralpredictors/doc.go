// Package neuralpredictors turns checkpoints of neuralpredictors, the PyTorch library of most published models of mouse V1, into runs.
//
// In goes a state dict, read by package torchfile: a Stacked2dCore, Gaussian or factorised readouts, one a session, and an MLP shifter. Out come
// the config that it implies and the weights under this project's names. What follows from names and shapes is taken from there. What does not, such as
// padding, is taken from a config, or from what was published about the session, or is asked for by name. A tensor of unknown use is an error.
//
// Source: Lurz et al., ICLR 2021; Willeke et al. 2022, arXiv 2206.08666. Layers as in neuralpredictors 0.3.0.
package neuralpredictors
