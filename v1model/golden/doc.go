// Package golden compares values with those of the paper's reference implementation, for tests of several packages.
//
// In go a file of reference arrays and a test. Out come the arrays, their configuration in this project's terms,
// and failures that name the array and the value that differs most.
//
// The arrays were computed by the public TensorFlow code of Ecker et al., ICLR 2019, on synthetic inputs.
package golden
