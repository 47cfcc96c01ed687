package peers

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"v1lab/kernels/home"
	"v1lab/kernels/python"
)

//go:embed requirements.txt
var requirements string

// minMinor is the oldest Python 3 minor version that the pinned packages support.
const minMinor = 11

// Dir returns the folder of the environment; it need not exist yet. Its name changes with the requirements.
func Dir() (string, error) {
	base, err := home.Dir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(requirements))
	return filepath.Join(base, "peers-"+hex.EncodeToString(sum[:])[:12]), nil
}

// Ensure returns the interpreter of the environment and makes the environment if there is none. Lines about what is being done go to
// progress. Two processes that start together install once. torch.compile and the install need a C++ compiler.
func Ensure(ctx context.Context, progress io.Writer) (interpreter string, err error) {
	dir, err := Dir()
	if err != nil {
		return "", err
	}
	compiler, err := Compiler()
	if err != nil {
		return "", err
	}
	err = home.OnceInPlace(ctx, dir, progress, func(dir string) error {
		if home.Offline() {
			return fmt.Errorf("not installed, and %s is set: unset it, or run once with a network connection", home.OfflineEnv)
		}
		py, err := python.Find(ctx)
		if err != nil {
			return err
		}
		var major, minor int
		if _, err := fmt.Sscanf(py.Version, "%d.%d", &major, &minor); err != nil || minor < minMinor {
			return fmt.Errorf("%s is Python %s; accepted is Python 3.%d or newer: install one or name it by %s", py.Path, py.Version, minMinor, python.Env)
		}
		fmt.Fprintf(progress, "installing PyTorch and JAX into %s with Python %s (0.7 GB, 1.9 GB on disk)\n", dir, py.Version) //nolint:errcheck // progress only
		venv, err := py.Venv(ctx, dir)
		if err != nil {
			return err
		}
		if err := venv.Install(ctx, python.Requirements(requirements), "", progress); err != nil {
			return err
		}
		return standIn(ctx, compiler, dir)
	})
	if err != nil {
		return "", fmt.Errorf("PyTorch and JAX: %w", err)
	}
	return filepath.Join(dir, "bin", "python"), nil
}

// Compiler returns the C++ compiler that PyTorch would call too: $CXX, else g++ or clang++.
func Compiler() (string, error) {
	names := []string{"g++", "clang++"}
	if cxx := os.Getenv("CXX"); cxx != "" {
		names = []string{cxx}
	}
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("torch.compile needs a C++ compiler, found none of %q in PATH: install one (Debian, Ubuntu: apt install g++) or set CXX", names)
}
