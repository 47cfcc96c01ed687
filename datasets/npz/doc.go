// Package npz reads and writes recordings as one NumPy archive, the recommended format for your own data.
//
// In comes npz:FILE with the arrays train_images, train_responses, val_images, val_responses, test_images and test_responses
// (or only images and responses, which are split); out comes a dataset. Any numeric type, byte order and memory order is accepted.
// Test responses may have a leading axis of repeats. NaN means "not recorded". Covariates and descriptions of neurons are optional.
// Option: seed of a split that is not in the file.
package npz
