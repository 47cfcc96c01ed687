// Package tools prepares the Go side of a notebook: it builds gonb (the kernel), goimports and gopls
// from pinned versions, and knows the environment in which cells are compiled.
//
// In: a v1lab checkout. Out: a folder of binaries in V1LAB_HOME, the environment of the kernel
// ([Env]), and a warm build cache ([Warm]), which turns a first cell of a minute into one of a second.
// It serves no section of the paper.
package tools
