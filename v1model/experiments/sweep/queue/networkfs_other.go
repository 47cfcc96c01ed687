//go:build !linux

package queue

// networkFS is not known on this system.
func networkFS(string) (string, error) { return "", nil }
