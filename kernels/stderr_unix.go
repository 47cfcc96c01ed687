//go:build unix

package kernels

import (
	"os"

	"golang.org/x/sys/unix"
)

// redirectStderr makes file the standard error of this process and of the program that replaces it.
func redirectStderr(file *os.File) error { return unix.Dup2(int(file.Fd()), 2) }

// inherit lets programs that this process starts, or is replaced by, keep file open.
func inherit(file *os.File) error {
	_, err := unix.FcntlInt(file.Fd(), unix.F_SETFD, 0)
	return err
}
