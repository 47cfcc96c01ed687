// Package covariates prepares what a recording measured beside images and responses, such as running speed and the position of the eye, for a model.
//
// In go the raw covariates of a dataset and the names that a model's config lists. Out come their columns [trials, names], and the mean and SD of each
// over the training part. The model keeps these two with its weights, so that it takes raw covariates later too, and has a default where none are given:
// the training means. A covariate that is NaN, that is missing in a trial, counts as its training mean.
package covariates
