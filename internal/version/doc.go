// Package version says which v1lab this program is.
//
// In goes what the Go tool wrote into the program; out comes the commit it was built from, or the module's version, or "unknown": tests,
// go run and -buildvcs=false leave no trace of the commit.
package version
