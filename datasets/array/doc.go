// Package array reads and writes NumPy arrays: one per .npy file, several by name in an .npz archive.
//
// In come files of any numeric type, byte order and memory order; out come an [Array]'s shape and its values,
// row-major, in the type they were stored in or converted to float32, float64 or int.
// Everything is checked against the length that the header announces, so a file cut short is an error and never zeros.
// Files are written to a temporary name and renamed, so a reader sees the old file or the new one.
package array
