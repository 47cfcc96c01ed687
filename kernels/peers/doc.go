// Package peers finds or installs PyTorch and JAX for the CPU, the frameworks that a bench sets beside ours.
//
// In: nothing. Out: the interpreter of a private Python environment in V1LAB_HOME, made once from packages pinned by version and
// SHA-256. PyTorch's Linux wheel is built for CUDA; the libraries of CUDA, several gigabytes, are left out and empty ones take their
// place, because nothing here calls them. It serves no section of the paper.
package peers
