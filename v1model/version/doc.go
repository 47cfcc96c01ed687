// Package version says which v1lab this program is.
//
// In goes the build information that the Go tool wrote into the program. Out comes the commit, else the module's version, else "unknown".
// Programs built by go test, by go run or with -buildvcs=false do not contain the commit.
package version
