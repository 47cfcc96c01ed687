//go:build !linux

package durable

// SyncTree does nothing: the system syncs in its own time.
func (OS) SyncTree(string) error { return nil }
