// Package execache keeps XLA's compiled programs on disk, so that other processes need not compile them again.
//
// In comes the plugin that a backend is about to use. Nothing visible comes out: a compilation first looks in V1LAB_HOME/executables, by the
// SHA-256 of everything that the machine code depends on (program, options, plugin, processor, device).
// Programs that compile in less than 50 ms are not kept; beyond 1 GiB the least recently used are removed. Files that cannot be read or
// written are ignored. V1LAB_NO_EXECUTABLES, set to anything, turns the cache off. It makes the model of section 2 of the paper start sooner.
package execache
