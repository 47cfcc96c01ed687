package kernels_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels"
	"v1lab/kernels/home"
)

func TestInstallAndRemove(t *testing.T) {
	root, err := home.Root()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(home.Env, t.TempDir())
	t.Setenv("JUPYTER_PATH", "")
	data := t.TempDir()
	t.Setenv("JUPYTER_DATA_DIR", data)
	foreign := filepath.Join(data, "kernels", "gonb")
	if err := os.MkdirAll(foreign, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(foreign, "kernel.json"), []byte(`{"argv": ["gonb", "--kernel", "{connection_file}"]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := kernels.Install(t.Context(), root, kernels.InstallOptions{Binary: "/bin/true"}, os.Stderr); err != nil {
			t.Fatal(err)
		}
	}
	specs, err := kernels.List(t.Context())
	if err != nil || len(specs) != 1 || specs[0].Dir != filepath.Join(data, "kernels", "v1lab") || specs[0].Env[home.RootEnv] != root {
		t.Fatalf("listed %+v, %v", specs, err)
	}
	if _, err := kernels.Remove(t.Context(), "gonb"); err == nil || !strings.Contains(err.Error(), `no v1lab kernel "gonb"`) {
		t.Errorf("another program's kernel: error %v", err)
	}
	if _, err := kernels.Remove(t.Context(), "v1lab"); err != nil {
		t.Error(err)
	}
	if specs, err := kernels.List(t.Context()); err != nil || len(specs) != 0 {
		t.Errorf("after removal: %+v, %v", specs, err)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Error("another program's kernel was removed")
	}
}

func TestErrors(t *testing.T) {
	root, err := home.Root()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(home.Env, t.TempDir())
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		o    kernels.InstallOptions
		want string
	}{
		{kernels.InstallOptions{Name: "a/b", Binary: "x"}, `kernel name "a/b": accepted are letters`},
		{kernels.InstallOptions{Prefix: file, Binary: "x"}, "choose another place with --prefix"},
	} {
		if _, err := kernels.Install(t.Context(), root, test.o, os.Stderr); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
	if err := kernels.Run(t.Context(), "/no/file"); err == nil || !strings.Contains(err.Error(), "this verb is for Jupyter") {
		t.Errorf("Run without a connection file: error %v", err)
	}
}
