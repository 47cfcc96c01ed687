// Package hdf5file reads datasets out of HDF5 files: those of h5py, MATLAB (-v7.3), PyTables, NWB and our own.
//
// In comes a file with any user block, of superblock version 0 to 3, groups of the old and the new style, values contiguous, compact or in
// chunks of any index, byte-shuffled, compressed by deflate or LZF, of either byte order; out come names and [array.Array]s in their stored
// type. References to objects are read as their paths. What is not understood (other filters, compounds, virtual datasets) is an error that says so. Nothing in a file makes
// the reader take more memory than [Limit] states, and checksums are verified where the format has them.
//
// github.com/scigolib/hdf5, which writes our files, is not used to read them: at v0.14.0 it has no user blocks (MATLAB), float16, booleans or
// chunk indexes of HDF5 1.10, gives every number as float64, and a file whose groups refer to each other, which is legal, exhausts memory.
package hdf5file
