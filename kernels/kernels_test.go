package kernels_test

import (
	"errors"
	"fmt"
	"image/png"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"v1lab/kernels"
	"v1lab/kernels/pjrt"
	"v1lab/kernels/v1labhome"
)

// alone sets an environment in which Jupyter's only folders are the user's, which it returns, and the system's: there is no Python to ask.
func alone(t *testing.T) (root, data string) {
	t.Helper()
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	data = t.TempDir()
	for key, value := range map[string]string{v1labhome.Env: t.TempDir(), "PATH": t.TempDir(), "JUPYTER_PATH": "", "VIRTUAL_ENV": "", "CONDA_PREFIX": "", "JUPYTER_DATA_DIR": data} {
		t.Setenv(key, value)
	}
	return root, data
}

// foreign writes another program's kernel below a data folder.
func foreign(t *testing.T, data, name string) string {
	t.Helper()
	dir := filepath.Join(data, "kernels", name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "kernel.json"), []byte(`{"argv": ["gonb", "--kernel", "{connection_file}"], "env": {"A": 1}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestInstallAndRemove(t *testing.T) {
	root, data := alone(t)
	gonb := foreign(t, data, "gonb")
	var texts []string
	for range 2 {
		spec, err := kernels.Install(t.Context(), root, kernels.InstallOptions{Binary: "/bin/true"}, os.Stderr)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(spec.Dir, "kernel.json"))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	if texts[0] != texts[1] {
		t.Errorf("installed again: %s, then %s", texts[0], texts[1])
	}
	specs, err := kernels.List(t.Context())
	if err != nil || len(specs) != 1 || specs[0].Dir != filepath.Join(data, "kernels", "v1lab") || specs[0].Env[v1labhome.RootEnv] != root || specs[0].Broken != "" || specs[0].ShadowedBy != "" {
		t.Fatalf("listed %+v, %v", specs, err)
	}
	if _, err := kernels.Remove(t.Context(), "gonb"); err == nil || !strings.Contains(err.Error(), `no v1lab kernel "gonb"`) {
		t.Errorf("another program's kernel: error %v", err)
	}
	if _, err := kernels.Remove(t.Context(), "V1lab"); err != nil { // names have no case, as in Jupyter
		t.Error(err)
	}
	if specs, err := kernels.List(t.Context()); err != nil || len(specs) != 0 {
		t.Errorf("after removal: %+v, %v", specs, err)
	}
	if _, err := os.Stat(gonb); err != nil {
		t.Error("another program's kernel was removed")
	}
}

// TestBrokenAndShadowed: each specification says what it points at in vain, and which one Jupyter takes instead.
func TestBrokenAndShadowed(t *testing.T) {
	root, data := alone(t)
	first, gone := t.TempDir(), t.TempDir()
	t.Setenv("JUPYTER_PATH", first+string(filepath.ListSeparator)+filepath.Join(first, "none"))
	checkout := filepath.Join(gone, "checkout")
	if err := os.MkdirAll(checkout, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(checkout, "go.mod"), []byte("module v1lab\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	theirs := foreign(t, first, "taken")
	for _, o := range []struct {
		root string
		kernels.InstallOptions
	}{
		{root, kernels.InstallOptions{Dir: first, Name: "good", Binary: "/bin/true"}},
		{root, kernels.InstallOptions{Name: "Good", Binary: "/bin/true"}},
		{root, kernels.InstallOptions{Name: "taken", Binary: "/bin/true"}},
		{root, kernels.InstallOptions{Name: "binary", Binary: "/gone/v1lab"}},
		{checkout, kernels.InstallOptions{Name: "checkout", Binary: "/bin/true"}},
		{root, kernels.InstallOptions{Name: "home", Binary: "/bin/true", Env: map[string]string{v1labhome.Env: "/gone/home"}}},
	} {
		if _, err := kernels.Install(t.Context(), o.root, o.InstallOptions, os.Stderr); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.RemoveAll(checkout); err != nil {
		t.Fatal(err)
	}
	specs, err := kernels.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range specs {
		got[s.Dir] = s.Broken + s.ShadowedBy
	}
	in := func(dir, name string) string { return filepath.Join(dir, "kernels", name) }
	want := map[string]string{in(first, "good"): "", in(data, "good"): in(first, "good"), in(data, "taken"): theirs, in(data, "binary"): "calls a binary that is gone: /gone/v1lab",
		in(data, "checkout"): "is for a checkout that is gone: " + checkout, in(data, "home"): "uses a V1LAB_HOME that is gone: /gone/home"}
	if !maps.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	// What Jupyter takes is removed first, then what it hid.
	for _, dir := range []string{first, data} {
		if s, err := kernels.Remove(t.Context(), "good"); err != nil || s.Dir != in(dir, "good") {
			t.Errorf("removed %s, %v; want the one in %s", s.Dir, err, dir)
		}
	}
}

// TestDamaged: a specification that cannot be read is listed, by its name, and can be removed or installed anew.
func TestDamaged(t *testing.T) {
	root, data := alone(t)
	spec, err := kernels.Install(t.Context(), root, kernels.InstallOptions{Name: "v1lab-cut", Binary: "/bin/true"}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(spec.Dir, "kernel.json")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()/2); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"v1lab-text": "no JSON", "v1lab-empty": "", "other": "no JSON"} {
		if err := os.WriteFile(filepath.Join(foreign(t, data, name), "kernel.json"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	foreign(t, data, "v1laboratory") // another program's, in good order
	specs, err := kernels.List(t.Context())
	names := []string{}
	for _, s := range specs {
		names = append(names, s.Name)
		if !strings.Contains(s.Broken, "cannot be read: ") || !strings.Contains(s.Broken, "not JSON") || s.Argv == nil {
			t.Errorf("%+v; want it broken", s)
		}
	}
	if want := []string{"v1lab-cut", "v1lab-empty", "v1lab-text"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("found %v, %v; want %v", names, err, want)
	}
	if s, err := kernels.Remove(t.Context(), "v1lab-text"); err != nil || s.Dir != filepath.Join(data, "kernels", "v1lab-text") {
		t.Errorf("removed %+v, %v", s, err)
	}
	if _, err := kernels.Install(t.Context(), root, kernels.InstallOptions{Name: "v1lab-cut", Binary: "/bin/true"}, os.Stderr); err != nil {
		t.Error(err)
	}
	for _, s := range must(kernels.List(t.Context()))(t) {
		if (s.Broken == "") != (s.Name == "v1lab-cut") || s.Name == "v1lab-text" {
			t.Errorf("after mending: %+v", s)
		}
	}
}

// TestBackendWithoutPlugin: a kernel for a device whose plugin is not there is broken, as its own V1LAB_HOME and variables have it.
func TestBackendWithoutPlugin(t *testing.T) {
	root, _ := alone(t)
	t.Setenv("HOME", t.TempDir())
	t.Setenv(pjrt.FromEnv, "")
	plugins := t.TempDir()
	if err := os.WriteFile(filepath.Join(plugins, "pjrt_c_api_cuda_plugin.so"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	const none = "has no device to run on: the XLA CUDA plugin of its backend xla:cuda is not installed"
	for name, test := range map[string]struct {
		env  map[string]string
		want string
	}{
		"cuda":    {map[string]string{"GOMLX_BACKEND": "xla:cuda"}, none},
		"named":   {map[string]string{"GOMLX_BACKEND": "xla:cuda,preallocate=false", pjrt.FromEnv: plugins}, ""},
		"path":    {map[string]string{"GOMLX_BACKEND": "xla:/gone/plugin.so"}, "has no device to run on: XLA plugin /gone/plugin.so (from backend name) does not exist"},
		"go":      {map[string]string{"GOMLX_BACKEND": "go"}, ""},
		"any":     {nil, ""},
		"unknown": {map[string]string{"GOMLX_BACKEND": "tpu"}, `has no device to run on: backend "tpu": unknown`},
	} {
		if _, err := kernels.Install(t.Context(), root, kernels.InstallOptions{Name: name, Binary: "/bin/true", Env: test.env}, os.Stderr); err != nil {
			t.Fatal(err)
		}
		for _, s := range must(kernels.List(t.Context()))(t) {
			if s.Name == name && (!strings.HasPrefix(s.Broken, test.want) || (s.Broken == "") != (test.want == "")) {
				t.Errorf("%s: %q, want %q", name, s.Broken, test.want)
			}
		}
	}
}

// TestTwoCheckouts install kernels with one V1LAB_HOME: each calls the program of its own checkout, whichever came last.
func TestTwoCheckouts(t *testing.T) {
	if testing.Short() {
		t.Skip("builds programs")
	}
	path := os.Getenv("PATH")
	alone(t)
	t.Setenv("PATH", path) // programs are built
	var specs []kernels.Spec
	for i := range 2 {
		root := t.TempDir()
		for name, text := range map[string]string{"go.mod": "module v1lab\n\ngo 1.26\n", "cmd/v1lab/main.go": fmt.Sprintf("package main\n\nfunc main() { println(%d) }\n", i)} {
			file := filepath.Join(root, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		specs = append(specs, must(kernels.Install(t.Context(), root, kernels.InstallOptions{Name: fmt.Sprint("v1lab-", i)}, os.Stderr))(t))
	}
	for i, s := range specs {
		if out, err := exec.Command(s.Argv[0]).CombinedOutput(); err != nil || string(out) != fmt.Sprintln(i) {
			t.Errorf("%s of checkout %d says %q, %v", s.Argv[0], i, out, err)
		}
	}
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestManyInstallers start together: there is one whole specification, and nothing beside it.
func TestManyInstallers(t *testing.T) {
	root, data := alone(t)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			o := kernels.InstallOptions{Binary: "/bin/true", Env: map[string]string{"N": strings.Repeat("x", 1000*i)}}
			if _, err := kernels.Install(t.Context(), root, o, io.Discard); err != nil {
				t.Error(err)
			}
			if specs, err := kernels.List(t.Context()); err != nil || len(specs) != 1 {
				t.Errorf("listed %v, %v meanwhile", specs, err)
			}
		})
	}
	wait.Wait()
	entries, err := os.ReadDir(filepath.Join(data, "kernels", "v1lab"))
	if err != nil || len(entries) != 3 {
		t.Errorf("found %v, %v; want kernel.json and two logos alone", entries, err)
	}
	for _, size := range []int{32, 64} { // the names and sizes that Jupyter's interfaces ask for
		f, err := os.Open(filepath.Join(data, "kernels", "v1lab", fmt.Sprintf("logo-%dx%d.png", size, size)))
		if err != nil {
			t.Fatal(err)
		}
		config, err := png.DecodeConfig(f)
		if f.Close(); err != nil || config.Width != size || config.Height != size { //nolint:errcheck // read only
			t.Errorf("logo of %d pixels: %dx%d, %v", size, config.Width, config.Height, err)
		}
	}
}

// TestSearchPath: variables decide. Package jupyter compares with Jupyter itself.
func TestSearchPath(t *testing.T) {
	_, data := alone(t)
	t.Setenv("HOME", "/nobody")
	system := []string{"/usr/local/share/jupyter", "/usr/share/jupyter"}
	for _, test := range []struct {
		env  map[string]string
		want []string
	}{
		{nil, []string{data}},
		{map[string]string{"JUPYTER_PATH": "/a:/b"}, []string{"/a", "/b", data}},
		{map[string]string{"VIRTUAL_ENV": "/venv", "JUPYTER_PREFER_ENV_PATH": "0"}, []string{data, "/venv/share/jupyter"}},
		{map[string]string{"VIRTUAL_ENV": "/venv", "JUPYTER_PREFER_ENV_PATH": "yes"}, []string{"/venv/share/jupyter", data}},
		{map[string]string{"CONDA_PREFIX": "/conda", "CONDA_DEFAULT_ENV": "base", "JUPYTER_PREFER_ENV_PATH": "off"}, []string{data, "/conda/share/jupyter"}},
		{map[string]string{"VIRTUAL_ENV": "/usr", "JUPYTER_PREFER_ENV_PATH": "1"}, []string{data}},
		{map[string]string{"JUPYTER_DATA_DIR": "", "XDG_DATA_HOME": "/xdg"}, []string{"/xdg/jupyter"}},
		{map[string]string{"JUPYTER_DATA_DIR": "", "XDG_DATA_HOME": ""}, []string{"/nobody/.local/share/jupyter"}},
	} {
		t.Run(fmt.Sprint(test.env), func(t *testing.T) {
			for key, value := range test.env {
				t.Setenv(key, value)
			}
			if got, err := kernels.SearchPath(t.Context()); err != nil || !slices.Equal(got, slices.Concat(test.want, system)) {
				t.Errorf("found %v, %v; want %v and the system's", got, err, test.want)
			}
		})
	}
	if _, err := kernels.EnvPrefix(t.Context()); err == nil || !strings.Contains(err.Error(), "give --prefix") {
		t.Errorf("no environment: error %v", err)
	}
}

func TestErrors(t *testing.T) {
	root, data := alone(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	foreign(t, data, "python3")
	for _, test := range []struct {
		o    kernels.InstallOptions
		want string
	}{
		{kernels.InstallOptions{Name: "a/b", Binary: "x"}, `kernel name "a/b": accepted are letters`},
		{kernels.InstallOptions{Name: "Python3", Binary: "x"}, "is another program's: choose another name"},
		{kernels.InstallOptions{Binary: "x", Env: map[string]string{"": "1"}}, `kernel environment "": accepted are names`},
		{kernels.InstallOptions{Prefix: file, Binary: "x"}, "choose another place with --user, --sys-prefix or --prefix"},
	} {
		if _, err := kernels.Install(t.Context(), root, test.o, os.Stderr); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error %v, want %q", err, test.want)
		}
	}
	if err := kernels.Run(t.Context(), "/no/file"); err == nil || !strings.Contains(err.Error(), "this verb is for Jupyter") {
		t.Errorf("Run without a connection file: error %v", err)
	}
}
