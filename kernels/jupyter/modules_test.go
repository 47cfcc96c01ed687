package jupyter_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels"
	"v1lab/kernels/jupyter"
	"v1lab/kernels/python"
	"v1lab/kernels/v1labhome"
)

// TestModulesBesideANotebook: files that have the names of Python's modules, beside a notebook and in the working folder, are run by none of the ways in which
// Python is started.
func TestModulesBesideANotebook(t *testing.T) {
	ready(t)
	path := notebook(t, "%%\nfmt.Print(1)")
	dir := filepath.Dir(path)
	py, err := python.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names, err := py.Library(t.Context())
	if err != nil || len(names) < 200 {
		t.Fatal(len(names), err)
	}
	marker := filepath.Join(t.TempDir(), "run")
	for _, name := range append(names, "sitecustomize", "usercustomize", "nbclient", "jupyterlab", "jupyter_core", "zmq") {
		if err := os.WriteFile(filepath.Join(dir, name+".py"), fmt.Appendf(nil, "open(%q, 'a').write(__name__ + ' ')\nraise SystemExit(1)\n", marker), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(v1labhome.RootEnv, root)
	t.Chdir(dir)
	if _, err := python.Find(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := py.Venv(t.Context(), filepath.Join(t.TempDir(), "venv")); err != nil {
		t.Error(err)
	}
	if _, err := kernels.EnvPrefix(t.Context()); err != nil {
		t.Log(err)
	}
	if err := jupyter.Check(); err != nil {
		t.Error(err)
	}
	if _, err := jupyter.Configured(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := jupyter.Probe(t.Context(), self(t), "%%\nfmt.Print(1)", 60e9); err != nil {
		t.Error(err)
	}
	if _, log, err := execute(t, jupyter.ExecuteOptions{Notebook: path, HTML: true}); err != nil {
		t.Error(err, log)
	}
	ctx, cancel := context.WithCancel(t.Context())
	l := startLab(ctx, t, dir)
	if status, page := l.get(t, "/lab", l.token(t)); status != 200 || !strings.Contains(page, "jupyter-config-data") {
		t.Errorf("status %d", status)
	}
	cancel()
	l.ended(t)
	if text, err := os.ReadFile(marker); err == nil {
		t.Errorf("run: %s", text)
	}
}
