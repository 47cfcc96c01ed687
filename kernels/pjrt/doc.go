// Package pjrt opens the compute backend on which models run: XLA through a PJRT plugin, on the CPU
// or an NVIDIA GPU, or the slow pure Go one.
//
// In comes a backend name as for --backend ("xla", "xla:cuda,tf32=false", "xla:/abs/plugin.so", "go").
// Out comes a [compute.Backend]. Plugins are searched in the explicit path, go-xla's install folders and
// V1LAB_HOME; pip installs a missing one once, from a package pinned by version and SHA-256.
// The CUDA packages (pins/cuda.txt) resolve as pinned but have not been run with this release.
// Programs compiled for the CPU are kept for later processes (package execache).
// The package runs the model of section 2 of the paper but knows nothing of models.
package pjrt
