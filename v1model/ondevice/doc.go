// Package ondevice puts a fitted model on the device and runs it there.
//
// In go a model and its weights, which are copied to the device once. Out come compiled programs, each cached under its name, and what the model
// computes: rates [images, neurons], the core's filters as they are convolved, and the covariance of its feature maps. Images in normalised
// units are processed in chunks of one size, so that a program is compiled once and memory stays bounded.
//
// Source: Ecker et al., ICLR 2019, section 3.
package ondevice
