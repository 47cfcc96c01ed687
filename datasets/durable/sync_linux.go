package durable

import (
	"os"

	"golang.org/x/sys/unix"
)

// SyncTree syncs the folder's file system.
func (OS) SyncTree(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return of("sync", dir, err)
	}
	defer f.Close() //nolint:errcheck // read only
	return of("sync", dir, unix.Syncfs(int(f.Fd())))
}
