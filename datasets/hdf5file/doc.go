// Package hdf5file reads datasets from HDF5 files: those of h5py, MATLAB (-v7.3), PyTables, NWB and v1lab itself.
//
// In comes a file of superblock version 0 to 3 with any user block, groups of the old and new style, and values stored contiguous, compact or
// in chunks with any index, byte-shuffled, compressed by deflate, LZF, bzip2, Blosc, LZ4 or Zstandard, in either byte order. Out come names and [array.Array]s in their
// stored type, and object references as paths. Unsupported features (other filters, compounds, virtual datasets) are errors that name the
// feature. No file can make the reader take more memory than [Limit] states. Checksums are verified where the format has them.
//
// github.com/scigolib/hdf5 writes our files but does not read them: v0.14.0 has no user blocks (MATLAB), float16, booleans or chunk indexes of
// HDF5 1.10, converts every number to float64, and runs out of memory on files whose groups legally refer to each other.
package hdf5file
