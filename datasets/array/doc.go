// Package array reads and writes NumPy arrays: a single one per .npy file, or several by name in an .npz archive.
//
// In come files of any numeric type, byte order and memory order; out come an [Array]'s shape and its values,
// row-major, in their stored type or converted to float32, float64 or int.
// The length of a file is checked against its header, so a truncated file is an error and never read as zeros.
// Files are written under a temporary name and renamed, so a reader sees either the old file or the new one.
package array
