// Package ondevice puts a fitted model on the device and runs it there.
//
// In go a model and its weights, which are copied to the device once; out come compiled programs of them, each kept under its name, and what the model
// computes: rates [images, neurons], the filters of the core as they are convolved, and the covariance of its feature maps. Images in normalised
// units go through the device in chunks of one size, so that a program is compiled once and memory stays bounded.
//
// Source: Ecker et al., ICLR 2019, section 3.
package ondevice
