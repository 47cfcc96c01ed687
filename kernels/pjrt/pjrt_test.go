package pjrt_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"v1lab/kernels/pjrt"
	"v1lab/kernels/pjrt/pjrttest"
)

func TestProgramRuns(t *testing.T) {
	backend := pjrttest.Backend(t)
	exec, err := graph.NewExec(backend, func(x *graph.Node) *graph.Node { return graph.ReduceAllSum(graph.Square(x)) })
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Call1([]float32{1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	if got := out.Value().(float32); got != 14 {
		t.Errorf("sum of squares of 1, 2, 3 is %v, want 14", got)
	}
	if out.Shape().DType != dtypes.Float32 {
		t.Errorf("dtype %s, want float32", out.Shape().DType)
	}
}

func TestCPUSharesBuffers(t *testing.T) {
	ctx := context.Background()
	for name, want := range map[string]bool{"xla:cpu": true, "xla:cpu,noshared_buffers": false} {
		backend, err := pjrt.Backend(ctx, name, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if got := backend.(compute.DataInterface).HasSharedBuffers(); got != want {
			t.Errorf("%s: shared buffers %v, want %v", name, got, want)
		}
	}
}

func TestConfig(t *testing.T) {
	plugin := good(t)
	dir := t.TempDir()
	link := filepath.Join(dir, "pjrt_c_api_cpu_plugin.so")
	if err := os.Symlink(plugin, link); err != nil {
		t.Fatal(err)
	}
	gpu := filepath.Join(dir, "pjrt_c_api_cuda_plugin.so") // by its name
	if err := os.Symlink(plugin, gpu); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, env, path, want string }{
		{name: "go", want: "go"},
		{name: "xla:" + gpu, want: "xla:" + gpu + ",noshared_buffers,notf32"},
		{name: "xla:" + gpu + ",tf32", want: "xla:" + gpu + ",noshared_buffers,tf32"},
		{name: "", env: "go", want: "go"},
		{name: "xla:" + plugin, want: "xla:" + plugin + ",shared_buffers"},
		{name: "xla:" + plugin + ",tf32=false", want: "xla:" + plugin + ",shared_buffers,tf32=false"},
		{name: "xla:cpu", path: dir, want: "xla:" + link + ",shared_buffers"},
		{name: "xla:cpu,noshared_buffers", path: link, want: "xla:" + link + ",noshared_buffers"},
		{name: "", env: "xla:cpu", path: link, want: "xla:" + link + ",shared_buffers"},
	} {
		t.Setenv("GOMLX_BACKEND", test.env)
		t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", test.path)
		got, err := pjrt.Config(context.Background(), test.name, io.Discard)
		if err != nil || got != test.want {
			t.Errorf("Config(%q) with GOMLX_BACKEND=%q: %q, %v; want %q", test.name, test.env, got, err, test.want)
		}
	}
}

// good returns the path of a whole CPU plugin, installed by the shared test backend if need be.
func good(t *testing.T) string {
	t.Helper()
	p, err := pjrt.Ensure(context.Background(), pjrt.CPU, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	return p.Path
}

func TestDescribe(t *testing.T) {
	p, err := pjrt.Ensure(context.Background(), pjrt.CPU, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	info, err := pjrt.Describe(p)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(info.API, "0.") || len(info.Devices) == 0 {
		t.Errorf("plugin says API %q, devices %q", info.API, info.Devices)
	}
}

// elsewhere points every place of the search into empty folders.
func elsewhere(t *testing.T) (home string) {
	t.Helper()
	home = t.TempDir()
	t.Setenv("HOME", t.TempDir())
	t.Setenv("V1LAB_HOME", home)
	t.Setenv("V1LAB_OFFLINE", "")
	t.Setenv("GOMLX_BACKEND", "")
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", "")
	return home
}

func TestErrors(t *testing.T) {
	if testing.Short() {
		t.Skip("calls pip")
	}
	plugin := good(t)
	whole, err := os.ReadFile(plugin)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, data []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := write("text.so", []byte("not a library"))
	noPython := map[string]string{"PATH": t.TempDir(), "V1LAB_PYTHON": ""}
	// A Python that is new enough but has neither pip nor venv.
	bare := filepath.Join(t.TempDir(), "python3")
	script := "#!/bin/sh\ncase \"$*\" in *sys.executable*) echo " + bare + "; echo 3.11.0;; *) exit 1;; esac\n"
	if err := os.WriteFile(bare, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, spec string
		env        map[string]string
		want       []string
	}{
		{name: "unknown engine", spec: "tpu", want: []string{`backend "tpu": unknown`, "xla:cuda"}},
		{name: "unknown plugin", spec: "xla:tpu", want: []string{`plugin "tpu" not found`, "accepted are cpu, cuda"}},
		{name: "relative path", spec: "xla:lib/x.so", want: []string{"lib/x.so is relative"}},
		{name: "path missing", spec: "xla:/no/such.so", want: []string{"/no/such.so", "does not exist"}},
		{name: "path is a folder", spec: "xla:" + os.TempDir(), want: []string{"is a folder"}},
		{name: "variable names nothing", spec: "xla:cpu", env: map[string]string{"PJRT_PLUGIN_LIBRARY_PATH": "/no/where"}, want: []string{"PJRT_PLUGIN_LIBRARY_PATH: /no/where does not exist"}},
		{name: "truncated", spec: "xla:" + write("a/libpjrt_cpu.so", whole[:len(whole)/2]), want: []string{"damaged", "truncated"}},
		{name: "empty", spec: "xla:" + write("b/libpjrt_cpu.so", nil), want: []string{"damaged", "truncated at 0 bytes"}},
		{name: "text", spec: "xla:" + text, want: []string{text, "no shared library"}},
		{name: "both words", spec: "xla:" + write("cuda/libpjrt_cpu.so", whole), want: []string{"names both CPU and GPU", "V1LAB_HOME"}},
		{name: "offline", spec: "xla:cpu", env: map[string]string{"V1LAB_OFFLINE": "1"}, want: []string{"XLA CPU plugin", "V1LAB_OFFLINE is set", "PJRT_PLUGIN_LIBRARY_PATH"}},
		{name: "no Python", spec: "xla:cpu", env: noPython, want: []string{"python 3.10 or newer is needed, found none in PATH", "apt install python3-venv"}},
		{name: "no pip", spec: "xla:cpu", env: map[string]string{"V1LAB_PYTHON": bare}, want: []string{"no pip", "has no module venv"}},
		{name: "no network", spec: "xla:cpu", env: map[string]string{"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_FIND_LINKS": "", "PIP_NO_CACHE_DIR": "1", "PIP_RETRIES": "0"},
			want: []string{"cannot reach a package index", "HTTPS_PROXY"}},
		{name: "no wheel", spec: "xla:cpu", env: map[string]string{"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": t.TempDir()}, want: []string{"no wheel for this platform", "fastatomstruct-xla-cpu==2026.6.23"}},
		{name: "home not writable", spec: "xla:cpu", env: map[string]string{"V1LAB_HOME": filepath.Join(text, "home")}, want: []string{"cannot write", "set V1LAB_HOME"}},
		{name: "no GPU", spec: "xla:cuda,tf32", want: []string{"backend xla:cuda: this machine has no NVIDIA GPU", "nothing was downloaded; accepted here: xla, xla:cpu, go"}},
		{name: "no GPU, by variable", spec: "", env: map[string]string{"GOMLX_BACKEND": "xla:cuda"}, want: []string{"this machine has no NVIDIA GPU"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if strings.HasPrefix(test.name, "no GPU") && pjrt.HasGPU() {
				t.Skip("there is one")
			}
			elsewhere(t)
			for key, value := range test.env {
				t.Setenv(key, value)
			}
			_, err := pjrt.Backend(context.Background(), test.spec, io.Discard)
			if err == nil {
				t.Fatalf("no error for %s", test.spec)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("error has several lines: %q", err)
			}
		})
	}
}

func TestWrongHash(t *testing.T) {
	if testing.Short() {
		t.Skip("calls pip")
	}
	elsewhere(t)
	links := t.TempDir()
	wheel := filepath.Join(links, "fastatomstruct_xla_cpu-2026.6.23-py3-none-manylinux_2_27_x86_64.whl")
	if err := os.WriteFile(wheel, []byte("tampered"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PIP_NO_INDEX", "1")
	t.Setenv("PIP_FIND_LINKS", links)
	_, err := pjrt.Ensure(context.Background(), pjrt.CPU, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "hash mismatch") || !strings.Contains(err.Error(), "pinned is 88b1c430") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v; want one line with the hashes", err)
	}
}

// TestInstall installs the real package while two callers ask for it at once, then damages it: setup mends it.
func TestInstall(t *testing.T) {
	if testing.Short() {
		t.Skip("installs the XLA plugin")
	}
	home := elsewhere(t)
	stale := filepath.Join(home, "pjrt", "fastatomstruct-xla-cpu-2026.6.23.tmp-1")
	if err := os.MkdirAll(stale, 0o755); err != nil {
		t.Fatal(err)
	}
	var logs [2]bytes.Buffer
	var plugins [2]pjrt.Plugin
	var errs [2]error
	var wait sync.WaitGroup
	for i := range logs {
		wait.Go(func() { plugins[i], errs[i] = pjrt.Ensure(context.Background(), pjrt.CPU, &logs[i]) })
	}
	wait.Wait()
	if errs[0] != nil || errs[1] != nil {
		t.Fatal(errs)
	}
	if plugins[0] != plugins[1] || plugins[0].Source != pjrt.FromHome || !strings.HasPrefix(plugins[0].Path, home) {
		t.Errorf("found %v and %v", plugins[0], plugins[1])
	}
	both := logs[0].String() + logs[1].String()
	if n := strings.Count(both, "installing the XLA CPU plugin"); n != 1 {
		t.Errorf("installed %d times: %s", n, both)
	}
	if _, err := os.Stat(stale); err == nil {
		t.Error("remains of a killed installation are still there")
	}
	if _, err := pjrt.Config(context.Background(), "xla:cpu", io.Discard); err != nil {
		t.Errorf("installed plugin: %v", err)
	}
	whole, err := os.Stat(plugins[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(plugins[0].Path, 1<<20); err != nil {
		t.Fatal(err)
	}
	t.Setenv("V1LAB_OFFLINE", "1")
	_, err = pjrt.Backend(context.Background(), "xla:cpu", io.Discard)
	if err == nil || !strings.Contains(err.Error(), "damaged") || !strings.Contains(err.Error(), "delete "+filepath.Join(home, "pjrt", "fastatomstruct")) {
		t.Errorf("damaged plugin, offline: error %v; want one that says what to delete", err)
	}
	t.Setenv("V1LAB_OFFLINE", "")
	var log bytes.Buffer
	if _, err := pjrt.Config(context.Background(), "xla:cpu", &log); err != nil {
		t.Errorf("damaged plugin: %v", err)
	}
	if mended, err := os.Stat(plugins[0].Path); err != nil || mended.Size() != whole.Size() || !strings.Contains(log.String(), "is damaged (truncated") {
		t.Errorf("not mended: %v, %s", err, log.String())
	}
}
