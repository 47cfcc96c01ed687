package doctor_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"v1lab/kernels"
	"v1lab/kernels/doctor"
	"v1lab/kernels/jupyter"
	"v1lab/kernels/pjrt"
	"v1lab/kernels/pjrt/execache"
	"v1lab/kernels/v1labhome"
)

// TestMain lets the test program stand in for the v1lab binary that the kernel specification calls, and for the doctor of another user.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 4 && os.Args[1] == "kernel" && os.Args[2] == "run":
		fmt.Fprintln(os.Stderr, kernels.Run(context.Background(), os.Args[3]))
		os.Exit(1)
	case len(os.Args) == 5 && os.Args[1] == "plugin-info":
		p := pjrt.Plugin{Kind: strings.TrimPrefix(os.Args[2], "--kind="), Source: strings.TrimPrefix(os.Args[3], "--source="), Path: os.Args[4]}
		if err := pjrt.WriteInfo(os.Stdout, p); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	case os.Getenv(asOther) != "":
		asOtherUser()
	case os.Getenv(onFullDisk) != "":
		setupOnFullDisk()
	default:
		os.Exit(m.Run())
	}
}

// self is the test program, as the binary of a kernel on trial. Whoever asks for it starts other programs, which short tests do not.
func self(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts other programs")
	}
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// ready prepares, once, what the doctor examines.
var ready = sync.OnceValue(func() error { return jupyter.Ensure(context.Background(), os.Stderr) })

func byName(t *testing.T, checks []doctor.Check, name string) doctor.Check {
	t.Helper()
	for _, c := range checks {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("no check %q in %v", name, checks)
	return doctor.Check{}
}

func TestHealthy(t *testing.T) {
	binary := self(t)
	if err := ready(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("JUPYTER_DATA_DIR", t.TempDir())
	t.Setenv(execache.Env, "")
	start := time.Now()
	checks := doctor.Run(t.Context(), doctor.Options{Binary: binary})
	for name, want := range map[string]string{"Go": "go1.", "C compiler": "/", "Python": "version 3.", "XLA plugin": "PJRT 0.", "GPU": "GPU", "Go tools": "gonb v0.11.5, goimports v0.52.0, gopls v0.21.1 in ",
		"Go modules": "network off", "build cache": "warm, in /", "Jupyter": "jupyterlab 4.6.6", "Jupyter server": "token on", "kernel": "a cell takes", "temporary folder": "GB free", "notebooks and runs": "GB free", "leftovers": "none", "kernel specifications": "none", "private folder": "GB free", "compiled models": " programs, "} {
		c := byName(t, checks, name)
		if !c.OK || c.Mend != "" || !strings.Contains(c.Detail, want) {
			t.Errorf("%+v; want OK with %q", c, want)
		}
	}
	if c := byName(t, checks, "kernel"); !strings.Contains(c.Detail, " on xla") {
		t.Errorf("%+v; want XLA", c)
	}
	if took := time.Since(start); took > 80*time.Second { // 20 s on a quiet machine
		t.Errorf("took %v warm; want under 20 s, or 80 s on a slow or busy machine", took)
	}
	if left, err := v1labhome.Leftovers(); err != nil || len(left) > 0 {
		t.Errorf("the doctor left %v, %v", left, err)
	}
}

// The doctor says who else may change the programs in the private folder.
func TestFolderThatOthersMayWrite(t *testing.T) {
	home := t.TempDir()
	t.Setenv(v1labhome.Env, home)
	bin := filepath.Join(home, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	folder := func() doctor.Check {
		return byName(t, doctor.Run(t.Context(), doctor.Options{Only: []string{"private folder"}}), "private folder")
	}
	if c := folder(); !c.OK {
		t.Errorf("%+v", c)
	}
	for _, path := range []string{bin, home} {
		if err := os.Chmod(path, 0o775); err != nil {
			t.Fatal(err)
		}
		if c := folder(); c.OK || !strings.Contains(c.Detail, path+" may be written by its group or others (mode -rwxrwxr-x)") {
			t.Errorf("%+v", c)
		}
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFreshMachine(t *testing.T) {
	t.Setenv(v1labhome.Env, filepath.Join(t.TempDir(), "not", "yet"))
	modules, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOMODCACHE", strings.TrimSpace(string(modules))) // else nothing could be said about the build cache
	t.Setenv("HOME", t.TempDir())
	t.Setenv("GOCACHE", t.TempDir())
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", "")
	checks := doctor.Run(t.Context(), doctor.Options{Binary: self(t)})
	for name, want := range map[string]string{"XLA plugin": "no CPU plugin", "Go tools": "gonb, goimports, gopls not in", "build cache": "packages that notebooks import are not compiled",
		"Jupyter": "no Jupyter environment", "Jupyter server": "not examined"} {
		c := byName(t, checks, name)
		if c.OK || !strings.Contains(c.Detail, want) || !strings.Contains(c.Mend, "v1lab demo") {
			t.Errorf("%+v; want %q and the mend", c, want)
		}
	}
	if _, err := os.Stat(os.Getenv(v1labhome.Env)); err == nil {
		t.Error("the doctor made the private folder")
	}
	t.Setenv("GOMODCACHE", t.TempDir())
	if c := byName(t, doctor.Run(t.Context(), doctor.Options{Only: []string{"Go modules"}}), "Go modules"); c.OK || !strings.Contains(c.Detail, "modules are missing") || !strings.Contains(c.Mend, "go mod download") {
		t.Errorf("%+v; want what is missing, and the mend", c)
	}
}

func TestBrokenParts(t *testing.T) {
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(v1labhome.Env, t.TempDir())
	t.Setenv("JUPYTER_DATA_DIR", t.TempDir())
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", "/no/where")
	t.Setenv("V1LAB_PYTHON", "/no/python")
	t.Setenv("CC", "no-compiler")
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	stray := filepath.Join(tmp, "v1lab-run-1")
	if err := os.MkdirAll(stray, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(stray, ".lock"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := kernels.Install(t.Context(), root, kernels.InstallOptions{Binary: "/gone/v1lab"}, os.Stderr); err != nil {
		t.Fatal(err)
	}
	checks := doctor.Run(t.Context(), doctor.Options{Binary: self(t)})
	for name, want := range map[string][2]string{
		"XLA plugin":            {"/no/where does not exist", "PJRT_PLUGIN_LIBRARY_PATH"},
		"Python":                {"V1LAB_PYTHON=/no/python", "Python 3.10 or newer"},
		"C compiler":            {"no-compiler is not in PATH", "apt install gcc"},
		"kernel specifications": {"calls a binary that is gone: /gone/v1lab", "v1lab kernel install"},
		"leftovers":             {"left by what was killed: " + stray, "v1lab doctor --clean"},
		"kernel":                {"not tried because of problems with ", "repair those first"},
	} {
		if c := byName(t, checks, name); c.OK || !strings.Contains(c.Detail, want[0]) || !strings.Contains(c.Mend, want[1]) {
			t.Errorf("%+v; want %q", c, want)
		}
	}
	removed, err := doctor.Clean()
	if err != nil || len(removed) != 1 || removed[0] != stray {
		t.Errorf("removed %v, %v; want %s", removed, err, stray)
	}
	if _, err := os.Stat(stray); err == nil {
		t.Error("the stray folder is still there")
	}
}

// TestFilesThatHideModules: a file beside notebooks that a Jupyter of the user's own would import in place of a module of Python's library is named.
func TestFilesThatHideModules(t *testing.T) {
	root := t.TempDir()
	notebooks := filepath.Join(root, "notebooks")
	if err := os.Mkdir(notebooks, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"go.mod": "module v1lab\n", "notebooks/random.py": "", "notebooks/my_random.py": ""} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv(v1labhome.RootEnv, root)
	options := doctor.Options{Only: []string{"notebooks and runs"}}
	if c := byName(t, doctor.Run(t.Context(), options), "notebooks and runs"); c.OK || !strings.HasPrefix(c.Detail, filepath.Join(notebooks, "random.py")+": ") || !strings.Contains(c.Mend, "mv "+filepath.Join(notebooks, "random.py")) {
		t.Errorf("%+v", c)
	}
	if err := os.Remove(filepath.Join(notebooks, "random.py")); err != nil {
		t.Fatal(err)
	}
	if c := byName(t, doctor.Run(t.Context(), options), "notebooks and runs"); !c.OK {
		t.Errorf("%+v", c)
	}
}

func Example() {
	for _, check := range doctor.Run(context.Background(), doctor.Options{Only: []string{"Go"}}) {
		if check.Name == "Go" {
			fmt.Println(check.Name, check.OK)
		}
	}
	// Output: Go true
}
