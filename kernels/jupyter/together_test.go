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

	"v1lab/kernels/jupyter"
	"v1lab/kernels/pjrt"
	"v1lab/kernels/tools"
	"v1lab/kernels/v1labhome"
)

// TestTwoUsersTwoCheckouts runs a cell at the same time in two worlds: each has a V1LAB_HOME, a checkout and a temporary folder of its
// own, and the cells use a package that the checkouts have in different versions. Each sees its own, and neither leaves anything.
func TestTwoUsersTwoCheckouts(t *testing.T) { together(t, false) }

// TestOneUserTwoCheckouts is the same with one V1LAB_HOME, and with kernels that each checkout builds for itself.
func TestOneUserTwoCheckouts(t *testing.T) { together(t, true) }

func together(t *testing.T, oneHome bool) {
	t.Helper()
	ready(t)
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	shared, err := v1labhome.Dir()
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
		w.root, w.tmp, w.out = t.TempDir(), t.TempDir(), t.TempDir()
		checkout(t, root, w.root, i)
		w.notebook = notebook(t, meet(meeting))
		if w.home = worlds[0].home; oneHome && i > 0 {
			continue
		}
		w.home, err = os.MkdirTemp(filepath.Dir(shared), "v1lab-test-") // hard links need the same disk
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(w.home) }) //nolint:errcheck // a test's
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
	}
	for i := range worlds {
		w := &worlds[i]
		wait.Go(func() {
			cmd := exec.Command(self(t))
			cmd.Dir = w.root
			cmd.Env = v1labhome.Environ(os.Environ(), map[string]string{asHeadless: w.notebook, headlessTo: filepath.Join(w.out, "nb.ipynb"), v1labhome.Env: w.home, v1labhome.RootEnv: w.root, "TMPDIR": w.tmp,
				"PJRT_PLUGIN_LIBRARY_PATH": plugin.Path, asKernel: self(t)})
			if oneHome {
				cmd.Env = append(cmd.Env, headlessBuilds+"=1")
			}
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
		program := ""
		if oneHome {
			program = fmt.Sprint(i)
		}
		if want := fmt.Sprintf("checkout %d program %s. %s %s/v1lab-run-", i, program, w.home, w.tmp); !strings.Contains(string(data), want) || !strings.Contains(string(data), "met true") {
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

// meet is a cell that waits in a folder for the one of the other checkout.
func meet(folder string) string {
	return fmt.Sprintf(`import "v1lab/kernels/here"
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
fmt.Printf("checkout %%d program %%s. %%s %%s met %%t\n", here.Number, os.Getenv(%[3]q), os.Getenv(%[2]q), os.TempDir(), met)`, folder, v1labhome.Env, fromProgram)
}

// world is all that a user has of his own.
type world struct {
	home, root, tmp, out, notebook, log string
	err                                 error
}

// Variables that make the test program run a notebook, and say where the result goes.
const (
	asHeadless     = "V1LAB_TEST_NOTEBOOK"
	headlessTo     = "V1LAB_TEST_OUT"
	headlessBuilds = "V1LAB_TEST_BUILDS"  // the checkout's program is built for the kernel
	asKernel       = "V1LAB_TEST_KERNEL"  // what that program becomes
	fromProgram    = "V1LAB_TEST_PROGRAM" // set by that program
)

// headless runs the notebook and ends the program.
func headless() {
	path, err := os.Executable()
	if os.Getenv(headlessBuilds) != "" {
		path = ""
	}
	if err == nil {
		err = jupyter.Execute(context.Background(), jupyter.ExecuteOptions{Notebook: os.Getenv(asHeadless), Out: os.Getenv(headlessTo), Binary: path, Progress: os.Stderr})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// checkout makes a small checkout: the modules of the real one, a package that differs, and a program that differs and becomes a kernel.
func checkout(t *testing.T, root, dir string, number int) {
	t.Helper()
	files := map[string]string{
		"kernels/here/here.go": fmt.Sprintf("// Package here differs between checkouts.\npackage here\n\nconst Number = %d\n", number),
		"cmd/v1lab/main.go": fmt.Sprintf(`package main

import (
	"os"
	"syscall"
)

func main() {
	os.Setenv(%q, "%d")
	panic(syscall.Exec(os.Getenv(%q), os.Args, os.Environ()))
}
`, fromProgram, number, asKernel),
	}
	for _, name := range []string{"go.mod", "go.sum", "kernels/tools/gopls/go.mod", "kernels/tools/gopls/go.sum"} {
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = string(data)
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
