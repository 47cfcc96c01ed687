// Package readbench times a reader beside a Python program that reads the same file, for benchmarks.
//
// In come a function that opens a file, what its arrays take in memory, and a Python program; out come two benchmarks, run one after the
// other: ours with bytes a second and the peak of memory as a multiple of the arrays, theirs with bytes a second.
package readbench
