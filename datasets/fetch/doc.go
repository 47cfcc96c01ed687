// Package fetch downloads public recordings.
//
// In come a set of the registry, which says where its files are published, and a folder; out come the files, whole and verified:
// of the length and hash that the registry knows, and of the kind that their names say. A download that breaks off goes on where
// it stopped, files appear by renaming, and a receipt in the folder says what came from where.
// The registry beside this file lists recordings of primary visual cortex, among them that of Ecker et al. (ICLR 2019).
package fetch
