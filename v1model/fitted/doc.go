// Package fitted is the one home of a fitted run.
//
// In go a run folder and a way to a device; out come its model and weights, its recording, and all that follows from them: the readout as it acts,
// predictions and their scores, filters, cell types, the subject of experiments in silico and what the folder keeps of those. Each is computed or read when
// it is first asked for, and kept: the weights are read once and lie on the device once, however many ask.
//
// Source: Ecker et al., ICLR 2019, sections 3 and 4, of which other packages hold the parts.
package fitted
