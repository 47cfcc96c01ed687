package onnxruntime

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"v1lab/kernels/python"
	"v1lab/kernels/v1labhome"
)

// Env is the variable that gives the path of an existing library.
const Env = "ONNXRUNTIME_SHARED_LIBRARY_PATH"

// pin names a release whose interface is at least as new as the one that GoMLX was compiled with (26).
//
//go:embed pin.txt
var pin string

// Ensure returns the path of the library and installs it if it is missing. It writes progress lines. If two
// processes start together, only one installs.
func Ensure(ctx context.Context, progress io.Writer) (library string, err error) {
	if path := os.Getenv(Env); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", fmt.Errorf("%s: %s does not exist: unset it, or name libonnxruntime.so", Env, path)
		}
		return path, nil
	}
	base, err := v1labhome.Dir()
	if err != nil {
		return "", err
	}
	name, _, _ := strings.Cut(pin, " ")
	dir := filepath.Join(base, strings.Replace(name, "==", "-", 1))
	if library, ok := find(dir); ok {
		return library, nil
	}
	if err := install(ctx, dir, progress); err != nil {
		return "", fmt.Errorf("ONNX Runtime: %w; a library that you have can be named by %s", err, Env)
	}
	library, ok := find(dir)
	if !ok {
		return "", fmt.Errorf("ONNX Runtime: no library in %s: remove the folder and try again", dir)
	}
	return library, nil
}

func install(ctx context.Context, dir string, progress io.Writer) error {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return fmt.Errorf("no package is pinned for %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	if v1labhome.Offline() {
		return fmt.Errorf("not installed, and %s is set: unset it, or run once with a network connection", v1labhome.OfflineEnv)
	}
	py, err := python.Find(ctx)
	if err != nil {
		return err
	}
	return v1labhome.EnsureFolder(ctx, dir, check, progress, func(tmp string) error {
		fmt.Fprintf(progress, "installing ONNX Runtime (%s, 20 MB) into %s\n", filepath.Base(dir), dir) //nolint:errcheck // progress only
		return py.Install(ctx, python.Requirements(pin), tmp, progress)
	})
}

// check returns an error if an installed package has lost its library.
func check(dir string) error {
	if _, ok := find(dir); !ok {
		return fmt.Errorf("no library in it")
	}
	return nil
}

// find looks for the library in an installed package; its name ends with the version.
func find(dir string) (string, bool) {
	found, err := v1labhome.Glob(dir, "onnxruntime/capi/libonnxruntime.so.*")
	if err != nil || len(found) == 0 {
		return "", false
	}
	return found[0], true
}
