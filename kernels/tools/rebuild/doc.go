// Package rebuild builds the program of a notebook's cell, again and again, as the go command does.
//
// For a cell, most of what the go command does is finding out that nothing but the cell has changed. A Builder does that itself: it keeps the programs
// that it has built, and the commands by which the go command compiles and links a cell with certain imports, and runs these again while all that they
// depend on is as it was. What is not known for certain is left to the go command, so the result is the same.
//
// The package is part of the kernel, into which it is copied: it imports the standard library alone.
package rebuild
