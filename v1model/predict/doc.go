// Package predict runs a fitted model.
//
// In go a model, its weights and images in normalised units; out come rates [images, neurons], the filters of the core as they are
// convolved, and the covariance of its feature maps. Images go through the device in chunks of one size, so that a program is compiled
// once and memory stays bounded.
//
// Source: Ecker et al., ICLR 2019, section 3.
package predict
