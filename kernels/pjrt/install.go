package pjrt

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/gomlx/go-xla/installer"

	"v1lab/kernels/python"
	"v1lab/kernels/v1labhome"
)

// pinned is a Python package that contains a plugin.
type pinned struct {
	reqs python.Requirements // the first line is the package itself
	file string              // the plugin inside, slash-separated
	size string              // to download and on disk, for the user
}

// dir returns the folder name of the installed package: name-version.
func (p pinned) dir() string {
	pin, _, _ := strings.Cut(string(p.reqs), " ")
	return strings.Replace(pin, "==", "-", 1)
}

//go:embed pins/cpu.txt
var cpuPins string

//go:embed pins/cpu-fallback.txt
var cpuFallbackPins string

//go:embed pins/cuda.txt
var cudaPins string

// packages lists the pinned packages of each kind, the preferred one first.
var packages = map[string][]pinned{
	CPU: {
		{python.Requirements(cpuPins), "fastatomstruct_xla_cpu/libpjrt_cpu.so", "63 MB, 270 MB on disk"},
		{python.Requirements(cpuFallbackPins), "lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so", "63 MB, 200 MB on disk"},
	},
	CUDA: {{python.Requirements(cudaPins), "jax_plugins/xla_cuda13/xla_cuda_plugin.so", "some 2 GB, 5 GB on disk, with NVIDIA's runtime libraries"}},
}

// Ensure is [Locate] but installs a plugin that is missing, or damaged in V1LAB_HOME: from the pinned package into V1LAB_HOME or, on
// platforms without one, by go-xla's own installer. It writes progress lines. If two processes
// start together, only one installs.
func Ensure(ctx context.Context, name string, progress io.Writer) (Plugin, error) {
	p, found, err := Locate(name)
	if err != nil || found && (p.Source != FromHome || v1labhome.Offline() || checkELF(p.Path) == nil) {
		return p, err
	}
	pkgs, known := packages[name]
	if !known {
		return p, fmt.Errorf("XLA plugin %q not found in %s or %s; accepted are cpu, cuda, the absolute path of a plugin, or a plugin named pjrt_c_api_%s_plugin.so there",
			name, FromEnv, strings.Join(goXLADirs(), ", "), name)
	}
	if err := install(ctx, name, pkgs, progress); err != nil {
		return p, fmt.Errorf("XLA %s plugin: %w; a plugin that you have can be named by %s", strings.ToUpper(name), err, FromEnv)
	}
	p, found, err = Locate(name)
	if err == nil && !found {
		err = fmt.Errorf("XLA %s plugin: installed, but not found; run v1lab doctor", strings.ToUpper(name))
	}
	return p, err
}

func install(ctx context.Context, kind string, pkgs []pinned, progress io.Writer) error {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return installByGoXLA(kind)
	}
	base, err := v1labhome.Dir()
	if err != nil {
		return err
	}
	if v1labhome.Offline() {
		return fmt.Errorf("not installed, and %s is set: unset it, or run once with a network connection", v1labhome.OfflineEnv)
	}
	py, err := python.Find(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, pkg := range pkgs {
		dir := filepath.Join(base, "pjrt", pkg.dir())
		sound := func(dir string) error { return checkELF(filepath.Join(dir, pkg.file)) }
		err := v1labhome.EnsureFolder(ctx, dir, sound, progress, func(tmp string) error {
			fmt.Fprintf(progress, "installing the XLA %s plugin (%s, %s) into %s\n", strings.ToUpper(kind), pkg.dir(), pkg.size, dir) //nolint:errcheck // progress only
			if err := py.Install(ctx, pkg.reqs, tmp, progress); err != nil {
				return err
			}
			if err := checkELF(filepath.Join(tmp, pkg.file)); err != nil {
				return fmt.Errorf("package %s holds no good %s: %w", pkg.dir(), pkg.file, err)
			}
			if kind == CUDA {
				return linkCUDA(tmp)
			}
			return nil
		})
		if err == nil {
			return nil
		}
		errs = append(errs, err)
		if !errors.Is(err, python.ErrUnavailable) {
			break
		}
	}
	return errs[0]
}

// Preparing reports whether some process is installing a plugin of a kind.
func Preparing(kind string) bool {
	base, err := v1labhome.Dir()
	return err == nil && slices.ContainsFunc(packages[kind], func(p pinned) bool { return v1labhome.Preparing(filepath.Join(base, "pjrt", p.dir())) })
}

// linkCUDA creates the two paths that go-xla expects next to the plugin: the nvidia folder, and
// ptxas in its bin.
func linkCUDA(dir string) error {
	if err := os.Symlink(filepath.Join("..", "nvidia"), filepath.Join(dir, "jax_plugins", "nvidia")); err != nil {
		return fmt.Errorf("link to NVIDIA's libraries: %w", err)
	}
	bin := filepath.Join(dir, "nvidia", "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return fmt.Errorf("folder for ptxas: %w", err)
	}
	if err := os.Symlink(filepath.Join("..", "cu13", "bin", "ptxas"), filepath.Join(bin, "ptxas")); err != nil {
		return fmt.Errorf("link to ptxas: %w", err)
	}
	return nil
}

// installByGoXLA installs on platforms without a pinned package.
func installByGoXLA(kind string) error {
	if v1labhome.Offline() || os.Getenv("GOMLX_NO_AUTO_INSTALL") != "" {
		return fmt.Errorf("not installed, and %s or GOMLX_NO_AUTO_INSTALL forbids go-xla to download it", v1labhome.OfflineEnv)
	}
	if err := installer.AutoInstall("", true, installer.Quiet); err != nil {
		return fmt.Errorf("go-xla's installer (%s/%s): %w", runtime.GOOS, runtime.GOARCH, err)
	}
	if _, found, err := Locate(kind); err != nil || !found {
		return fmt.Errorf("none is published for %s/%s; --backend go works everywhere", runtime.GOOS, runtime.GOARCH)
	}
	return nil
}
