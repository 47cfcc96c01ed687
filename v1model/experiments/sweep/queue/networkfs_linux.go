package queue

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// networks are the magic numbers (statfs(2)) of file systems that other machines write to, too.
var networks = map[uint32]string{
	unix.NFS_SUPER_MAGIC: "nfs", unix.SMB_SUPER_MAGIC: "smb", 0xff534d42: "cifs", 0xfe534d42: "smb2", unix.CODA_SUPER_MAGIC: "coda", unix.AFS_SUPER_MAGIC: "afs",
	0x6b414653: "afs", unix.CEPH_SUPER_MAGIC: "ceph", 0x0bd00bd0: "lustre", 0x47504653: "gpfs", 0x19830326: "beegfs", unix.V9FS_MAGIC: "9p", 0x013111a8: "ibrix",
	0x7461636f: "ocfs2", unix.FUSE_SUPER_MAGIC: "fuse",
}

// mounts lists what is mounted where; tests replace it.
var mounts = "/proc/self/mountinfo"

// statfs returns the magic number of a folder's file system; tests replace it.
var statfs = func(dir string) (uint32, error) {
	var s unix.Statfs_t
	err := unix.Statfs(dir, &s)
	return uint32(s.Type), err
}

// networkFS returns the name of the network file system that a folder is on, "" if it is on a disk of this machine. What FUSE brings counts as a network,
// unless the list of mounts tells that it is a disk.
func networkFS(dir string) (string, error) {
	magic, err := statfs(dir)
	if err != nil {
		return "", &os.PathError{Op: "statfs", Path: dir, Err: err}
	}
	kind := networks[magic]
	if kind != "fuse" {
		return kind, nil
	}
	kind = fuseKind(dir)
	for _, disk := range []string{"fuseblk", "fuse.ntfs-3g", "fuse.fuse-overlayfs", "fuse.exfat", "fuse.encfs", "fuse.gocryptfs"} {
		if kind == disk {
			return "", nil
		}
	}
	return kind, nil
}

// fuseKind returns the type of the mount that a folder is on, such as fuse.sshfs.
func fuseKind(dir string) string {
	kind, longest := "fuse", -1
	path, err := filepath.Abs(dir)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	file, openErr := os.Open(mounts)
	if err != nil || openErr != nil {
		return kind
	}
	defer file.Close() //nolint:errcheck // read only
	for lines := bufio.NewScanner(file); lines.Scan(); {
		before, after, ok := strings.Cut(lines.Text(), " - ")
		fields, types := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 5 || len(types) == 0 {
			continue
		}
		point := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\134`, `\`).Replace(fields[4])
		if len(point) >= longest && (point == "/" || path == point || strings.HasPrefix(path, point+"/")) {
			kind, longest = types[0], len(point)
		}
	}
	return kind
}
