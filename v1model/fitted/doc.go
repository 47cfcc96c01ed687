// Package fitted gives access to a fitted run and everything that is computed from it.
//
// In go a run folder and a function that opens a device. Out come the run's model and weights, its recording, and what follows from them: the effective
// readout, predictions and their scores, filters, cell types, the subject of in-silico experiments and their stored results. Each is computed or read on
// first use and cached: the weights are read once and copied to the device once, however many callers ask.
//
// Source: Ecker et al., ICLR 2019, sections 3 and 4; other packages implement the parts.
package fitted
