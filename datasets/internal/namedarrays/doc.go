// Package namedarrays turns named arrays into a dataset and a dataset into named arrays, for the formats npz and npy.
//
// In come train_images, train_responses, val_images, val_responses, test_images and test_responses, or one pair of images and responses
// that is then split; optionally covariates, what is known of the neurons, the simulator's truth, the split, the preparation and the normalisation.
// Out comes a dataset whose parts may still disagree with each other: datasets.Check and Validate look at that.
package namedarrays
