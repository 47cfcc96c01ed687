// Package npz reads and writes recordings as one NumPy archive, the format to bring own data in.
//
// In comes npz:FILE with the arrays train_images, train_responses, val_images, val_responses, test_images and test_responses
// (or images and responses alone, which are split); out comes a dataset. Any numeric type, byte order and memory order is accepted.
// Test responses may have a leading axis of repeats; NaN is what was not recorded. Covariates and what is known of neurons come along. Option: seed, of a split that the file does not bring.
package npz
