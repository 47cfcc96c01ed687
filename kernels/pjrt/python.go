package pjrt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// findInPython prints the folders of JAX's CUDA plugin and of NVIDIA's libraries in a Python's packages.
const findInPython = `import importlib.util as u, json
def places(name):
    try:
        spec = u.find_spec(name)
    except ModuleNotFoundError:
        spec = None
    return list(spec.submodule_search_locations or []) if spec else []
print(json.dumps([places("jax_plugins.xla_cuda13"), places("nvidia")]))`

// FromPython returns the CUDA plugin of a Python that has JAX for CUDA 13 with NVIDIA's packages, for machines on which nothing can be installed. It is
// reached through links in dir, which it makes: go-xla looks for NVIDIA's libraries and for ptxas in places where these packages have none.
func FromPython(ctx context.Context, interpreter, dir string) (Plugin, error) {
	cmd := exec.CommandContext(ctx, interpreter, "-c", findInPython)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, lastLine(string(exit.Stderr)))
		}
		return Plugin{}, fmt.Errorf("python %s: %w", interpreter, err)
	}
	var found [2][]string
	if err := json.Unmarshal(out, &found); err != nil {
		return Plugin{}, fmt.Errorf("python %s: %w", interpreter, err)
	}
	for i, name := range []string{"jax-cuda13-pjrt, JAX's plugin for CUDA 13", "NVIDIA's packages, such as nvidia-cublas"} {
		if len(found[i]) == 0 {
			return Plugin{}, fmt.Errorf("python %s has none of %s", interpreter, name)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return Plugin{}, err
	}
	plugins, nvidia := filepath.Join(dir, "jax_plugins"), filepath.Join(dir, "nvidia")
	for _, d := range []string{plugins, filepath.Join(nvidia, "bin")} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return Plugin{}, err
		}
	}
	if err := os.Symlink(found[0][0], filepath.Join(plugins, "xla_cuda13")); err != nil {
		return Plugin{}, err
	}
	if err := os.Symlink(filepath.Join("..", "nvidia"), filepath.Join(plugins, "nvidia")); err != nil {
		return Plugin{}, err
	}
	for _, place := range found[1] {
		entries, err := os.ReadDir(place)
		if err != nil {
			return Plugin{}, err
		}
		for _, e := range entries {
			if err := os.Symlink(filepath.Join(place, e.Name()), filepath.Join(nvidia, e.Name())); err != nil && !errors.Is(err, fs.ErrExist) {
				return Plugin{}, err
			}
		}
	}
	for _, compiler := range []string{"cu13/bin/ptxas", "cuda_nvcc/bin/ptxas"} {
		path := filepath.Join(nvidia, filepath.FromSlash(compiler))
		if _, err := os.Stat(path); err == nil {
			if err := os.Symlink(path, filepath.Join(nvidia, "bin", "ptxas")); err != nil && !errors.Is(err, fs.ErrExist) {
				return Plugin{}, err
			}
		}
	}
	p, err := explicit(filepath.Join(plugins, "xla_cuda13", "xla_cuda_plugin.so"), FromSpec)
	if err != nil {
		return p, err
	}
	return p, p.check()
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndex(text, "\n")+1:]
}
