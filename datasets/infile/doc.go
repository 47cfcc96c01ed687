// Package infile opens files written by others.
//
// In comes a path. Out comes a file that has an end, or an error at once: a pipe or a device would block the program or never end.
// The package also has the common limit on the unpacked size of compressed files.
package infile
