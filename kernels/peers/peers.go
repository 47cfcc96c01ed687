package peers

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"os/exec"

	"v1lab/kernels/python"
)

//go:embed requirements.txt
var requirements string

func environment(compiler string) python.Environment {
	return python.Environment{
		Name: "peers", Content: "PyTorch and JAX", Size: "0.7 GB, 1.9 GB on disk", Requirements: python.Requirements(requirements), MinMinor: 11,
		Finish: func(ctx context.Context, dir string) error { return installStubs(ctx, compiler, dir) },
	}
}

// Dir returns the folder of the environment; it need not exist yet. Its name changes with the requirements.
func Dir() (string, error) { return environment("").Dir() }

// Ensure returns the interpreter of the environment and makes the environment if it is missing. It writes progress lines. If two processes
// start together, only one installs. torch.compile and the installation need a C++ compiler.
func Ensure(ctx context.Context, progress io.Writer) (interpreter string, err error) {
	compiler, err := Compiler()
	if err != nil {
		return "", err
	}
	if interpreter, err = environment(compiler).Ensure(ctx, progress); err != nil {
		return "", fmt.Errorf("PyTorch and JAX: %w", err)
	}
	return interpreter, nil
}

// Compiler returns the C++ compiler that PyTorch would call: $CXX, otherwise g++ or clang++.
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
