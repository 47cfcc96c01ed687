// Package npyfolder reads folders of .npy files in which labs publish recordings: images, responses and repeats under names of their own.
//
// In comes a folder and the name of a file in it; out come images, of which a flattened one is taken for a square, row by row, responses
// or repeats. Every error names the file, its shape and the shape that is accepted. Memory is bounded by the size of the file.
package npyfolder
