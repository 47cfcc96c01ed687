// Package bench measures time and memory of training, prediction and related work, and compares them with PyTorch and JAX.
//
// In go the sizes to measure and the systems: our own binary as a worker process, and peers, which run the same model in Python scripts of this
// package. Every system gets the same weights and data. Losses and gradients must agree before anything is timed. Then all systems run
// alternately, in rounds. Out comes a [Report]: medians, ranges, ratios to the best peer, operations and peak memory.
// The model is that of Ecker et al., ICLR 2019, section 3 and appendix.
package bench
