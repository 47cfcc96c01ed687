package main

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels"
	"v1lab/kernels/tools"
)

// cold counts the calls that would compile cells' packages, and build this program, instead of doing it.
func cold(t *testing.T) (calls *int) {
	t.Helper()
	t.Cleanup(func() { warm = tools.Warm })
	calls = new(int)
	warm = func(context.Context, string, io.Writer) error { *calls++; return nil }
	return calls
}

func TestKernelInstallListRemove(t *testing.T) {
	if testing.Short() {
		cold(t)
	}
	prefix := t.TempDir()
	dir := filepath.Join(prefix, "share", "jupyter", "kernels", "mine")
	if out := works(t, "kernel", "install", "--prefix", prefix, "--name", "mine", "--binary", os.Args[0], "--env", "GOMAXPROCS=2"); out != dir+"\n" {
		t.Errorf("installed to %q, want %q", out, dir)
	}
	var specs []kernels.Spec
	if err := json.Unmarshal([]byte(works(t, "kernel", "list", "--prefix", prefix, "--json")), &specs); err != nil {
		t.Fatal(err)
	}
	if len(specs) == 0 || specs[0].Name != "mine" || specs[0].Dir != dir || specs[0].Env["GOMAXPROCS"] != "2" || !strings.HasSuffix(strings.Join(specs[0].Argv, " "), "kernel run {connection_file}") {
		t.Errorf("%+v", specs)
	}
	if list := works(t, "kernel", "list", "--prefix", prefix); !strings.Contains(list, "mine ") {
		t.Errorf("%s", list)
	}
	works(t, "kernel", "remove", "mine", "--prefix", prefix)
	if _, err := os.Stat(dir); err == nil {
		t.Errorf("%s is still there", dir)
	}
	fails(t, failed, []string{"kernel", "remove", "mine", "--prefix", prefix}, `"mine"`)
	fails(t, failed, []string{"kernel", "run", "/nowhere/c.json"}, "/nowhere/c.json", "v1lab lab")
}

// Kernels for several devices stand side by side, each with its backend, in the active environment.
func TestKernelsSideBySide(t *testing.T) {
	warmed := cold(t)
	venv := t.TempDir()
	t.Setenv("VIRTUAL_ENV", venv) // its Python is missing: the variable must do
	t.Setenv("JUPYTER_DATA_DIR", t.TempDir())
	t.Setenv("JUPYTER_PATH", "")
	t.Setenv("JUPYTER_PREFER_ENV_PATH", "1")
	for name, args := range map[string][]string{"v1lab": nil, "v1lab-go": {"--backend", "go"}, "v1lab-cpu": {"--env", "GOMLX_BACKEND=xla:cpu", "--display-name", "Go on the CPU"}} {
		for range 2 {
			out := works(t, append([]string{"kernel", "install", "--sys-prefix", "--name", name, "--binary", os.Args[0]}, args...)...)
			if want := filepath.Join(venv, "share", "jupyter", "kernels", name); out != want+"\n" {
				t.Errorf("installed to %q, want %q", out, want)
			}
		}
	}
	works(t, "kernel", "install", "--user", "--binary", os.Args[0]) // hidden by the environment's
	if *warmed != 7 {
		t.Errorf("7 installations compiled %d times what cells need", *warmed)
	}
	var specs []kernels.Spec
	if err := json.Unmarshal([]byte(works(t, "kernel", "list", "--json")), &specs); err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, s := range specs {
		found[s.Name+", "+s.DisplayName+", "+s.Env["GOMLX_BACKEND"]] = s.Broken + s.ShadowedBy
	}
	want := map[string]string{"v1lab, Go (v1lab), ": filepath.Join(venv, "share", "jupyter", "kernels", "v1lab"), "v1lab-go, v1lab-go, go": "", "v1lab-cpu, Go on the CPU, xla:cpu": ""}
	if len(specs) != 4 || !maps.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
	if text := works(t, "kernel", "list"); strings.Count(text, "shadowed: Jupyter takes the one in "+venv) != 1 {
		t.Errorf("%s", text)
	}
	fails(t, wrongUse, []string{"kernel", "install", "--user", "--prefix", venv}, "--user", "--prefix")
	fails(t, failed, []string{"kernel", "install", "--name", "a b", "--binary", os.Args[0]}, `"a b"`, "letters, digits")
}
