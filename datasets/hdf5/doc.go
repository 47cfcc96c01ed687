// Package hdf5 reads and writes recordings as one HDF5 file.
//
// In comes hdf5:FILE with datasets of the names that npz takes (train_images, train_responses, ... or images and responses), or of any names
// given as options, as in hdf5:rec.h5?train_images=stimuli/train&train_responses=session1/rates; out comes a dataset. Axes may be reversed
// (axes=reversed), colours before rows (channels=first). What HDF5 itself may hold: package hdf5file; MATLAB's files: package mat.
package hdf5
