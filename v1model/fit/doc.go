// Package fit trains a model.
//
// In go a dataset, a config and a run folder; out comes the folder with the best weights, and a result. Data live on the device,
// a training step is one compiled program that takes its batch there by index, and validation is another; between validations
// nothing returns to the host. A fit can be stopped at any step and goes on as if it had not been. A batch can be divided over
// devices (fit.devices) and over micro-batches that take less memory (fit.accumulate).
//
// Source: Ecker et al., ICLR 2019, section 4 and appendix; Kingma & Ba, "Adam", ICLR 2015.
package fit
