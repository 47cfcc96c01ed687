package jupyter_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"v1lab/kernels/home"
	"v1lab/kernels/jupyter"
	"v1lab/kernels/pjrt"
	"v1lab/kernels/tools"
)

// TestTwoUsersTwoCheckouts runs a cell at the same time in two worlds: each has a V1LAB_HOME, a checkout and a temporary folder of its
// own, and the cells use a package that the checkouts have in different versions. Each sees its own, and neither leaves anything.
func TestTwoUsersTwoCheckouts(t *testing.T) {
	if err := jupyter.Ensure(t.Context(), os.Stderr); err != nil {
		t.Fatal(err)
	}
	root, err := home.Root()
	if err != nil {
		t.Fatal(err)
	}
	shared, err := home.Dir()
	if err != nil {
		t.Fatal(err)
	}
	toolsDir, err := tools.Dir(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	python, err := jupyter.Dir()
	if err != nil {
		t.Fatal(err)
	}
	plugin, found, err := pjrt.Locate(pjrt.CPU)
	if err != nil || !found {
		t.Fatal(plugin, err)
	}
	meeting := t.TempDir()
	worlds := make([]world, 2)
	var wait sync.WaitGroup
	for i := range worlds {
		w := &worlds[i]
		w.home, err = os.MkdirTemp(filepath.Dir(shared), "v1lab-test-") // hard links need the same disk
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(w.home) }) //nolint:errcheck // a test's
		w.root, w.tmp, w.out = t.TempDir(), t.TempDir(), t.TempDir()
		mine := filepath.Join(w.home, filepath.Base(toolsDir))
		if err := os.Mkdir(mine, 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"gonb", "goimports", "gopls"} { // kernels are known by the path of their program
			if err := os.Link(filepath.Join(toolsDir, name), filepath.Join(mine, name)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink(python, filepath.Join(w.home, filepath.Base(python))); err != nil {
			t.Fatal(err)
		}
		checkout(t, root, w.root, i)
		text := fmt.Sprintf(`import "v1lab/kernels/here"
%%%%
os.WriteFile(filepath.Join(%[1]q, fmt.Sprint(here.Number)), nil, 0o644)
met := false
for range 600 { // the other cell runs at the same time
	if _, err := os.Stat(filepath.Join(%[1]q, fmt.Sprint(1 - here.Number))); err == nil {
		met = true
		break
	}
	time.Sleep(100 * time.Millisecond)
}
fmt.Println("checkout", here.Number, os.Getenv(%[2]q), os.TempDir(), "met", met)`, meeting, home.Env)
		w.notebook = notebook(t, text)
	}
	for i := range worlds {
		w := &worlds[i]
		wait.Go(func() {
			cmd := exec.Command(self(t))
			cmd.Dir = w.root
			cmd.Env = home.Environ(os.Environ(), map[string]string{asHeadless: w.notebook, headlessTo: filepath.Join(w.out, "nb.ipynb"), home.Env: w.home, home.RootEnv: w.root, "TMPDIR": w.tmp,
				"PJRT_PLUGIN_LIBRARY_PATH": plugin.Path})
			var log []byte
			log, w.err = cmd.CombinedOutput()
			w.log = string(log)
		})
	}
	wait.Wait()
	for i, w := range worlds {
		if w.err != nil {
			t.Fatalf("world %d: %v: %s", i, w.err, w.log)
		}
		data, err := os.ReadFile(filepath.Join(w.out, "nb.ipynb"))
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("checkout %d %s %s/v1lab-run-", i, w.home, w.tmp); !strings.Contains(string(data), want) || !strings.Contains(string(data), "met true") {
			t.Errorf("world %d: no %q, or they did not meet, in %s", i, want, data)
		}
		for place, want := range map[string]string{w.tmp: "", w.out: "nb.ipynb"} {
			entries, err := os.ReadDir(place)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if e.Name() != want && strings.HasPrefix(e.Name(), "v1lab-") {
					t.Errorf("world %d left %s in %s", i, e.Name(), place)
				}
			}
		}
	}
}

// world is all that a user has of his own.
type world struct {
	home, root, tmp, out, notebook, log string
	err                                 error
}

// Variables that make the test program run a notebook, and say where the result goes.
const (
	asHeadless = "V1LAB_TEST_NOTEBOOK"
	headlessTo = "V1LAB_TEST_OUT"
)

// headless runs the notebook and ends the program.
func headless() {
	path, err := os.Executable()
	if err == nil {
		err = jupyter.Execute(context.Background(), jupyter.ExecuteOptions{Notebook: os.Getenv(asHeadless), Out: os.Getenv(headlessTo), Binary: path, Progress: os.Stderr})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// checkout makes a small checkout: the modules of the real one, and one package that differs.
func checkout(t *testing.T, root, dir string, number int) {
	t.Helper()
	for _, name := range []string{"go.mod", "go.sum", "kernels/tools/gopls/go.mod", "kernels/tools/gopls/go.sum"} {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(dir, "kernels", "here", "here.go")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, fmt.Appendf(nil, "// Package here differs between checkouts.\npackage here\n\nconst Number = %d\n", number), 0o644); err != nil {
		t.Fatal(err)
	}
}
