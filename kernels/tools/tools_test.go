package tools_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"v1lab/kernels/gocmd"
	"v1lab/kernels/tools"
	"v1lab/kernels/v1labhome"
)

func root(t *testing.T) string {
	t.Helper()
	dir, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestEnsure(t *testing.T) {
	dir, err := tools.Ensure(t.Context(), root(t), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	if missing := tools.Missing(dir); len(missing) > 0 {
		t.Errorf("missing in %s: %v", dir, missing)
	}
	if missing := tools.Missing(t.TempDir()); !slices.Equal(missing, []string{"gonb", "goimports", "gopls"}) {
		t.Errorf("missing in an empty folder: %v", missing)
	}
}

func TestEnvWithstandsTheUsers(t *testing.T) {
	for key, value := range map[string]string{"GOWORK": "off", "GOFLAGS": "-mod=vendor", "GOOS": "js", "GOARCH": "wasm", "CGO_ENABLED": "0", "GOPROXY": "direct", "GO111MODULE": "off"} {
		t.Setenv(key, value)
	}
	env, err := tools.Env(t.Context(), root(t))
	if err != nil {
		t.Fatal(err)
	}
	dir, err := tools.Dir(t.Context(), root(t))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, kv := range env {
		key, value, _ := strings.Cut(kv, "=")
		if _, twice := seen[key]; twice {
			t.Errorf("%s is there twice", key)
		}
		seen[key] = value
	}
	for key, want := range map[string]string{"GOWORK": "", "GOFLAGS": gocmd.Flags, "GOOS": "", "GOARCH": "", "GO111MODULE": "", "CGO_ENABLED": "1",
		"GOPROXY": "off", "GOTOOLCHAIN": "local", "GOMLX_NO_AUTO_INSTALL": "1", "V1LAB_ROOT": root(t)} {
		if seen[key] != want {
			t.Errorf("%s=%s, want %q", key, seen[key], want)
		}
	}
	if !strings.Contains(seen["GLIBC_TUNABLES"], "arena_max=1") {
		t.Errorf("GLIBC_TUNABLES=%s", seen["GLIBC_TUNABLES"])
	}
	if !strings.HasPrefix(seen["PATH"], dir+":") {
		t.Errorf("PATH=%s does not begin with the tools", seen["PATH"])
	}
}

func TestImports(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "notebooks"), 0o755); err != nil {
		t.Fatal(err)
	}
	nb := `{"cells": [
		{"cell_type": "markdown", "source": "import \"no/code\""},
		{"cell_type": "code", "source": ["%env A=1\n", "import (\n", "\t\"math/rand/v2\"\n", "\tf \"v1lab/notebooks/figures\"\n", ")\n", "%%\n", "f.Show()\n"]},
		{"cell_type": "code", "source": "!ls\nimport \"image\""},
		{"cell_type": "code", "source": "%%\nthis is no Go"}]}`
	path := filepath.Join(dir, "notebooks", "a.ipynb")
	if err := os.WriteFile(path, []byte(nb), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := tools.Imports(dir)
	want := []string{"fmt", "github.com/gomlx/gomlx/core/graph", "github.com/janpfeifer/gonb/gonbui", "image", "math/rand/v2", "v1lab/kernels/pjrt", "v1lab/notebooks/figures"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("imports %v, %v; want %v", got, err, want)
	}
	if err := os.WriteFile(path, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := tools.Imports(dir); err == nil || !strings.Contains(err.Error(), "notebook "+path) {
		t.Errorf("broken notebook: error %v", err)
	}
}

func TestWarm(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles what notebooks use")
	}
	if err := tools.Warm(t.Context(), root(t), os.Stderr); err != nil {
		t.Fatal(err)
	}
	if n, err := tools.Stale(t.Context(), root(t)); err != nil || n != 0 {
		t.Errorf("%d packages stale after warming, %v", n, err)
	}
	t.Setenv("GOCACHE", t.TempDir())
	if n, err := tools.Stale(t.Context(), root(t)); err != nil || n < 50 {
		t.Errorf("%d packages stale with an empty cache, %v", n, err)
	}
}

func TestErrors(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	dir := t.TempDir()
	if _, err := tools.Dir(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "pinned tool gonb") || !strings.Contains(err.Error(), "go.mod") {
		t.Errorf("no go.mod: error %v", err)
	}
}
