// Package npyfolder reads folders of .npy files as labs publish them: images, responses and repeats under names of their own.
//
// In comes a folder and the name of a file in it; out come images, responses or repeats. A flattened image is read as a square, row by row.
// Every error names the file, its shape and the accepted shape. Memory is bounded by the size of the file.
package npyfolder
