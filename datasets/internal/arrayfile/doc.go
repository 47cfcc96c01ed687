// Package arrayfile reads a recording from a file whose arrays may have any names and any order of axes: NumPy, HDF5, MATLAB, Zarr.
//
// In come an open file that lists and reads arrays, and the options of a dataset's name: KEY=NAME gives the name of the array for a key of
// package namedarrays; without=NAME,... leaves arrays unused; image_axes, response_axes and channels say what the axes are. Out come the arrays by
// key, their axes in a dataset's order, or an error that says in which order they would fit; package namedarrays makes a dataset of them.
package arrayfile
