// Package durable writes files that survive what happens to a machine: a full disk, a failing one, a killed process, a power cut.
//
// In goes a path and what is to be there. Out comes the whole new file, or an error and the old one: the content is written under a temporary
// name next to the file, synced, renamed, and the folder is synced. Errors name the file that was wanted, not the temporary one.
//
// Everything that v1lab keeps is written through this package: run folders, archives, exports, figures, tables, recordings, downloads and
// the private folder. Tests put a disk that fails in its place: see package faulty.
package durable
