//go:build unix

package kernels

import (
	"os"

	"golang.org/x/sys/unix"
)

// redirectStderr makes file the standard error of this process and of what it becomes.
func redirectStderr(file *os.File) error { return unix.Dup2(int(file.Fd()), 2) }
