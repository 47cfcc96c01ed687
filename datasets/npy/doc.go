// Package npy reads and writes recordings as a folder of NumPy files, one array each.
//
// In comes npy:FOLDER with train_images.npy, train_responses.npy, val_images.npy, val_responses.npy, test_images.npy and test_responses.npy,
// or with only images.npy and responses.npy, which index arrays or a seed divide. Out comes a dataset.
// Shapes and types are those of package npz. Other files in the folder are not used. Options are those of package arrayfile.
package npy
