// Package execache keeps XLA's compiled programs on disk, so that a second process does not compile them again.
//
// In: the plugin that a backend is about to use. Out: nothing to see; compiling through it is looked up first, by the SHA-256 of
// everything that decides about the machine code (program, options, plugin, processor, device), in V1LAB_HOME/executables.
// A program that took under 50 ms to compile is not kept; beyond 1 GiB the files longest unused go. What cannot be read or written is as
// if it were not there. V1LAB_NO_EXECUTABLES, set to anything, turns it off. It serves section 2 of the paper by running it sooner.
package execache
