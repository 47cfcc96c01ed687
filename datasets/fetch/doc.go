// Package fetch downloads public recordings.
//
// In come an entry of the registry, which tells where files are published, and a folder; out come the files, complete and verified:
// their length and hash match the registry, their content matches their extension. An interrupted download continues where it
// stopped, files appear by renaming, and a receipt in the folder records what came from where.
// The registry in this package lists recordings of visual cortex, among them that of Ecker et al. (ICLR 2019).
package fetch
