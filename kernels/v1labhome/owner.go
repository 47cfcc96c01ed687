package v1labhome

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// Foreign returns an error if a file or folder belongs to neither this user nor root: then whoever owns it decides what it holds. For root, the
// user who called sudo counts as this user, as for git's safe.directory.
func Foreign(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return foreign(path, info)
}

func foreign(path string, info fs.FileInfo) error {
	owner, known := ownerOf(info)
	if !known || owner == 0 || owner == os.Geteuid() {
		return nil
	}
	if caller, err := strconv.Atoi(os.Getenv("SUDO_UID")); err == nil && os.Geteuid() == 0 && owner == caller {
		return nil
	}
	return fmt.Errorf("%s belongs to user %d, this is user %d", path, owner, os.Geteuid())
}

// Trusted returns an error if anybody but this user and root may write a file, or put something in the place of what a folder holds.
func Trusted(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return TrustedInfo(path, info)
}

// TrustedInfo is [Trusted] for a file that is open already.
func TrustedInfo(path string, info fs.FileInfo) error {
	if err := foreign(path, info); err != nil {
		return err
	}
	if sticky := info.IsDir() && info.Mode()&fs.ModeSticky != 0; info.Mode().Perm()&0o022 != 0 && !sticky {
		return fmt.Errorf("%s may be written by its group or others (mode %v)", path, info.Mode().Perm())
	}
	return nil
}

// reserve takes the right to write programs from the group and others, whatever the umask gave them.
func reserve(dir string) error {
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if mode := info.Mode(); mode.Perm()&0o022 != 0 {
			return os.Chmod(path, mode&^0o022)
		}
		return nil
	})
	if err != nil {
		return writable(dir, err)
	}
	return nil
}

func ownerOf(info fs.FileInfo) (uid int, known bool) {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}
