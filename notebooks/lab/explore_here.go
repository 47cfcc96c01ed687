//go:build !v1lab_engine

package lab

// ticket is empty: a cell that computes in its own process has no engine that a page could ask.
func (*Run) ticket() string { return "" }
