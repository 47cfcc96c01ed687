// Package infile opens the files that others made.
//
// In goes a path, out comes a file that ends, or an error at once: a pipe or a device would keep the program waiting, or never end.
// It also has the one rule of how much may come out of a compressed file, which every format follows.
package infile
