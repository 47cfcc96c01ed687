// Package arrayfile reads a recording from a file whose arrays may have any names: NumPy, HDF5, MATLAB, Zarr.
//
// In come an open file that lists and reads arrays, and the options of a dataset's name: KEY=NAME gives the name of the array for a key of
// package namedarrays; without=NAME,... leaves arrays unused; channels=first reads images with channels before rows. Out come the arrays by key; package namedarrays makes a dataset of them.
package arrayfile
