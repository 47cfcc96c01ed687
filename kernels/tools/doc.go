// Package tools prepares what a notebook needs of Go: it builds gonb (the kernel), goimports and gopls
// from pinned versions, and defines the environment in which cells are compiled.
//
// In comes a v1lab checkout. Out come a folder of binaries in V1LAB_HOME, the environment of the kernel
// ([Env]), and a warm build cache ([Warm]), with which a first cell takes a second instead of a minute.
package tools
