//go:build linux

package queue

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The type of a FUSE mount decides whether it is a disk of this machine.
func TestNetworkFileSystems(t *testing.T) {
	dir := t.TempDir()
	if kind, err := networkFS(dir); err != nil || kind != "" {
		t.Errorf("a temporary folder is on %q, %v", kind, err)
	}
	before := mounts
	t.Cleanup(func() { mounts = before })
	mounts = filepath.Join(dir, "mountinfo")
	text := "22 1 8:1 / / rw - ext4 /dev/sda rw\n23 22 0:5 / " + dir + "/my\\040lab rw - fuse.sshfs host:/ rw\n"
	if err := os.WriteFile(mounts, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	inside := filepath.Join(dir, "my lab", "sweep")
	if err := os.MkdirAll(inside, 0o777); err != nil {
		t.Fatal(err)
	}
	if kind := fuseKind(inside); kind != "fuse.sshfs" {
		t.Errorf("found %s", kind)
	}
	if kind := fuseKind(dir); kind != "ext4" {
		t.Errorf("beside it, found %s", kind)
	}
	replaced := statfs
	t.Cleanup(func() { statfs = replaced })
	statfs = func(string) (uint32, error) { return 0x6969, nil }
	if _, err := openSQLite(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "network file system (nfs)") || !strings.Contains(err.Error(), "--queue postgres://") {
		t.Errorf("on NFS: %v", err)
	}
}
