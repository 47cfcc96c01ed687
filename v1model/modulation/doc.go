// Package modulation lets behaviour, such as running speed and pupil size, change what a model predicts.
//
// In go covariates [batch, names]. Out comes a gain [batch, neurons] that multiplies the rates, or constant channels that are appended to the images.
//
//	gain:     rate' = g rate, g = exp(f(z) - f(0)), z = (covariate - training mean)/SD, so that g = 1 at the training means
//	channels: covariate/SD at every pixel, after the images' channels (Willeke et al. 2022, the Sensorium baseline; arXiv 2206.08666)
package modulation
