// Package fit trains a model.
//
// In go a dataset, a config and a run folder. Out come the folder with the best weights, and a result. Data stay on the device.
// A training step is one compiled program that selects its batch there by index, and validation is another. Between validations
// nothing is copied to the host. A fit can be stopped at any step; when resumed it gives the same result as without the stop. A batch can be divided over
// devices (fit.devices), and over micro-batches that take less memory (fit.accumulate).
//
// Source: Ecker et al., ICLR 2019, section 4 and appendix; Kingma & Ba, "Adam", ICLR 2015.
package fit
