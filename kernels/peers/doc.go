// Package peers finds or installs PyTorch and JAX for the CPU, with which v1lab bench compares v1lab.
//
// In comes nothing. Out comes the interpreter of a private Python environment in V1LAB_HOME, made once from packages pinned by version and
// SHA-256. PyTorch's Linux wheel is built for CUDA. The CUDA libraries, several gigabytes, are replaced by stubs, because nothing calls
// them here.
package peers
