// Package bench measures the time and memory of training, prediction and what surrounds them, ours beside PyTorch and JAX.
//
// In go the sizes to measure and the systems: our own binary as a worker process, and peers, the same model as Python scripts of this
// package. Every system gets the same weights and data; peers must agree with our loss and gradients before anything is timed, and then
// all take turns in rounds of one run. Out comes a [Report]: medians, ranges, ratios to the best peer, operations and peak memory.
// The model is that of Ecker et al., ICLR 2019, section 3 and appendix.
package bench
