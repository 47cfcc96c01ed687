// Package golden compares with the numbers of the paper's reference implementation, for tests of several packages.
//
// In go a file of reference arrays and a test; out come its arrays, the configuration that made them in this project's terms,
// and failures that name the array and the first value that differs.
//
// The arrays were computed by the public TensorFlow code of Ecker et al., ICLR 2019, on synthetic inputs.
package golden
