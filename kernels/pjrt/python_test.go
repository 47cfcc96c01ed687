package pjrt_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels/pjrt"
)

// The packages of a Python are reached by links: the plugin, NVIDIA's libraries where the plugin's run path and go-xla look, and ptxas.
func TestFromPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip(err)
	}
	site := t.TempDir()
	for name, text := range map[string]string{
		"jax_plugins/xla_cuda13/__init__.py": "", "nvidia/cublas/__init__.py": "", "nvidia/cu13/bin/ptxas": "#!/bin/sh\n", "nvidia/cu13/lib/libcublas.so.13": "x",
	} {
		path := filepath.Join(site, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PYTHONPATH", site)
	dir := filepath.Join(t.TempDir(), "cuda")
	if _, err := pjrt.FromPython(t.Context(), python, dir); err == nil || !strings.Contains(err.Error(), "xla_cuda_plugin.so") {
		t.Errorf("no plugin in its package: %v", err)
	}
	whole, err := os.ReadFile(good(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(site, "jax_plugins", "xla_cuda13", "xla_cuda_plugin.so"), whole, 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 { // made again where it is already
		p, err := pjrt.FromPython(t.Context(), python, dir)
		if err != nil || p.Kind != pjrt.CUDA || p.Path != filepath.Join(dir, "jax_plugins", "xla_cuda13", "xla_cuda_plugin.so") {
			t.Fatalf("%+v, %v", p, err)
		}
	}
	for _, path := range []string{"jax_plugins/nvidia/bin/ptxas", "jax_plugins/xla_cuda13/../../nvidia/cu13/lib/libcublas.so.13", "nvidia/cublas/__init__.py"} {
		if _, err := os.Stat(dir + "/" + path); err != nil {
			t.Error(err)
		}
	}
	t.Setenv("PYTHONPATH", "")
	if _, err := pjrt.FromPython(t.Context(), python, dir); err == nil || !strings.Contains(err.Error(), "has none of jax-cuda13-pjrt") {
		t.Errorf("a Python without it: %v", err)
	}
	if _, err := pjrt.FromPython(t.Context(), "false", dir); err == nil || !strings.HasPrefix(err.Error(), "python false:") {
		t.Errorf("no Python: %v", err)
	}
}
