package python_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels/python"
)

// fake writes an executable that answers the version question as a Python of that version would.
func fake(t *testing.T, dir, name, version string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho "+path+"\necho "+version+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFind(t *testing.T) {
	t.Setenv(python.Env, "")
	old, mixed, empty := t.TempDir(), t.TempDir(), t.TempDir()
	fake(t, old, "python3", "3.8.1")
	fake(t, mixed, "python3", "3.9.2")
	newer := fake(t, mixed, "python3.12", "3.12.4")
	for _, test := range []struct{ name, path, env, want, err string }{
		{name: "too old", path: old, err: "python 3.10 or newer is needed, found python3: version 3.8.1"},
		{name: "none", path: empty, err: "found none in PATH"},
		{name: "a newer one beside", path: mixed, want: newer},
		{name: "chosen", path: empty, env: newer, want: newer},
		{name: "chosen, missing", path: mixed, env: "/no/python", err: "V1LAB_PYTHON=/no/python: not found; accepted is Python 3.10 or newer"},
		{name: "chosen, no Python", path: mixed, env: "/bin/true", err: `is no Python (says "")`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("PATH", test.path)
			t.Setenv(python.Env, test.env)
			got, err := python.Find(t.Context())
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("error %v, want %q", err, test.err)
				}
				return
			}
			if err != nil || got.Path != test.want {
				t.Errorf("found %v, %v; want %s", got, err, test.want)
			}
		})
	}
}

func TestVenvErrors(t *testing.T) {
	bare := filepath.Join(t.TempDir(), "python3")
	if err := os.WriteFile(bare, []byte("#!/bin/sh\ncase \"$*\" in *'import venv'*) exit 0;; *) exit 1;; esac\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := python.Interpreter{Path: bare, Version: "3.11.0"}.Venv(t.Context(), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "has no module ensurepip: install it (Debian, Ubuntu: apt install python3-venv)") {
		t.Errorf("error %v", err)
	}
}

func Example() {
	py, err := python.Find(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(filepath.IsAbs(py.Path), strings.HasPrefix(py.Version, "3."))
	// Output: true true
}
