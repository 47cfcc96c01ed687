// Package namedarrays converts named arrays to a dataset and back, for the formats that store arrays by name.
//
// In come train_images, train_responses, val_images, val_responses, test_images and test_responses, or images and responses with one row for
// each trial, which labels, indices or a seed divide. Covariates, neurons, the simulator's truth, the split, the preparation and the normalisation
// are optional.
// Out comes a dataset whose parts may still disagree in shape: datasets.Check and Validate find that.
package namedarrays
