// Package readbench compares the speed of a reader with that of a Python program that reads the same file.
//
// In come a function that opens a file, the memory that its arrays take, and a Python program; out come two benchmarks, run one after the
// other: ours in bytes per second with peak memory as a multiple of the arrays, Python's in bytes per second.
package readbench
