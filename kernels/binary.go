package kernels

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"v1lab/datasets/durable"
	"v1lab/kernels/gocmd"
	"v1lab/kernels/v1labhome"
)

// mainPackage is the import path of the binary that a kernel specification calls.
const mainPackage = "v1lab/cmd/v1lab"

// Self returns the path of the running program if it is v1lab itself and not a test of it.
func Self() (string, bool) {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Path != mainPackage {
		return "", false
	}
	path, err := os.Executable()
	return path, err == nil && !strings.HasSuffix(path, ".test")
}

// Binary puts a permanent v1lab binary for the kernels of the checkout at root into V1LAB_HOME/bin and returns its path. The binary is a copy
// of the running program (that of "go run" is deleted when it ends) or, if another program calls, a fresh build of the checkout. An older
// binary is replaced atomically; kernels that run it continue. Each checkout has its own binary. A program that already lies in that folder
// is left where it is.
func Binary(ctx context.Context, root string, progress io.Writer) (string, error) {
	base, err := v1labhome.Dir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(base, "bin", "v1lab-kernel-"+v1labhome.PathHash(root))
	self, ok := Self()
	if ok && filepath.Dir(self) == filepath.Dir(path) {
		return self, nil
	}
	if err := v1labhome.MkdirAll(filepath.Dir(path)); err != nil {
		return "", err
	}
	if ok && same(self, path) {
		return path, nil
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), v1labhome.BinaryTemp)
	if err != nil {
		return "", fmt.Errorf("cannot write %s: %w; set %s to a folder that you can write", path, err, v1labhome.Env)
	}
	defer os.Remove(tmp.Name()) //nolint:errcheck // gone already after the rename
	// Held open and locked until it has its final name, so that other processes see that its writer is alive.
	held, err := os.Open(tmp.Name())
	if err == nil {
		defer held.Close() //nolint:errcheck // read only
		err = unix.Flock(int(held.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", tmp.Name(), err)
	}
	defer tmp.Close() //nolint:errcheck // closed below when it matters
	if ok {
		src, err := os.Open(self)
		if err != nil {
			return "", fmt.Errorf("running program: %w", err)
		}
		defer src.Close() //nolint:errcheck // read only
		if _, err := io.Copy(tmp, src); err != nil {
			return "", fmt.Errorf("copy of the program to %s: %w", path, err)
		}
		if err := tmp.Chmod(0o755); err != nil {
			return "", fmt.Errorf("copy of the program to %s: %w", path, err)
		}
		if err := tmp.Close(); err != nil {
			return "", fmt.Errorf("copy of the program to %s: %w", path, err)
		}
	} else {
		fmt.Fprintf(progress, "building %s\n", path) //nolint:errcheck // progress only
		if err := gocmd.Build(ctx, root, root, "-o", tmp.Name(), "./cmd/v1lab"); err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		if err := os.Chmod(tmp.Name(), 0o755); err != nil { // whatever the umask
			return "", fmt.Errorf("%s: %w", path, err)
		}
	}
	if err := held.Sync(); err != nil {
		return "", fmt.Errorf("cannot write %s: %w", path, err)
	}
	if err := durable.Rename(tmp.Name(), path); err != nil {
		return "", fmt.Errorf("cannot write %s: %w", path, err)
	}
	return path, nil
}

// same reports whether two files have the same content. It reads them only if their sizes agree.
func same(a, b string) bool {
	ia, errA := os.Stat(a)
	ib, errB := os.Stat(b)
	if errors.Join(errA, errB) != nil || ia.Size() != ib.Size() {
		return false
	}
	if os.SameFile(ia, ib) {
		return true
	}
	da, errA := os.ReadFile(a)
	db, errB := os.ReadFile(b)
	return errors.Join(errA, errB) == nil && slices.Equal(da, db)
}
