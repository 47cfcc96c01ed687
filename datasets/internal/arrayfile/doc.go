// Package arrayfile makes a recording of a file that holds arrays under names of its own: HDF5, MATLAB, Zarr.
//
// In come an open file that lists and reads arrays, and the options of a dataset's name: KEY=NAME says where a key of package npz is,
// channels=first that images have colours before rows. Out come the arrays by their keys, for package namedarrays to make a dataset of.
package arrayfile
