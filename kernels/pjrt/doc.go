// Package pjrt opens the compute backend on which models run: XLA through a PJRT plugin, on the CPU
// or an NVIDIA GPU, or the slow pure Go one.
//
// In: a backend name as --backend takes it ("xla", "xla:cuda,tf32=false", "xla:/abs/plugin.so", "go").
// Out: a [compute.Backend]. A plugin is looked for in the explicit path, go-xla's install folders and
// V1LAB_HOME; a missing one is installed by pip from a package pinned by version and SHA-256, once.
// The CUDA package set (pins/cuda.txt) resolves as pinned but has not been run with this release.
// Programs compiled for the CPU are kept for later processes (package execache).
// It serves section 2 of the paper by running it; it knows nothing of models.
package pjrt
