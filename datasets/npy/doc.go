// Package npy reads and writes recordings as a folder of NumPy files, one array each.
//
// In comes npy:FOLDER with train_images.npy, train_responses.npy, val_images.npy, val_responses.npy, test_images.npy and test_responses.npy,
// or with only images.npy and responses.npy, which are split 80/10/10. Out comes a dataset.
// Shapes and types are those of package npz. Other files in the folder are ignored. Option: seed of a split that is not in the folder.
package npy
