// Package datafigures shows what is in a recording before anything is fitted to it.
//
// In goes a dataset with values as recorded, even one that cannot be fitted. Out come tables of its parts and of the findings of datasets.Check,
// and figures: images, their mean and spectrum, images that occur in two parts, responses, reliability, and positions on cortex.
// If the recording lacks what a figure needs, the function returns an error that says so.
package datafigures
