// Package npy reads and writes recordings as a folder of NumPy files, one array each.
//
// In comes npy:FOLDER with train_images.npy, train_responses.npy, val_images.npy, val_responses.npy, test_images.npy and test_responses.npy,
// or images.npy and responses.npy alone, which are split 80/10/10; out comes a dataset.
// Shapes and types are those of package npz. Other files in the folder are left alone. Option: seed, of a split that the folder does not bring.
package npy
