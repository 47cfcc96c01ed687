// Package hdf5 reads and writes recordings as one HDF5 file.
//
// In comes hdf5:FILE with datasets of the names that npz uses (train_images, train_responses, ... or images and responses), or of any names
// given as options, as in hdf5:rec.h5?train_images=stimuli/train&train_responses=session1/rates; out comes a dataset. Axes may be reversed
// (axes=reversed), channels may come first (channels=first). Package hdf5file lists the supported HDF5 features; package mat reads MATLAB files.
package hdf5
