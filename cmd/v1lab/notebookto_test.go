package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels/jupyter/jupytertest"
	"v1lab/kernels/v1labhome"
)

// TestNotebookTo: notebooks become Go files that go vet accepts, and the files become the notebooks again, to the byte. Nothing else is overwritten.
func TestNotebookTo(t *testing.T) {
	dir := t.TempDir()
	nb := filepath.Join(t.TempDir(), "nb.ipynb")
	jupytertest.Write(t, nb, map[string]any{"kernelspec": map[string]any{"name": "v1lab", "language": "go"}}, "import \"fmt\"\n%%\nfmt.Println(strings.Repeat(\"a\", 3))")
	file, back := filepath.Join(dir, "nb.go"), filepath.Join(dir, "nb.ipynb")
	if text := works(t, "notebook", "--to", "go", nb, "--out", dir); text != file+"\n" {
		t.Errorf("printed %q", text)
	}
	source, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(source), "import (\n\t\"fmt\"\n\t\"strings\"\n)") {
		t.Errorf("%v: imports of %s", err, source)
	}
	works(t, "notebook", "--to", "ipynb", file)
	works(t, "notebook", "--to", "go", back)
	if again, err := os.ReadFile(file); err != nil || string(again) != string(source) {
		t.Errorf("%v: after a round trip the file is %s", err, again)
	}
	other := filepath.Join(filepath.Dir(nb), "nb.go")
	if err := os.WriteFile(other, []byte("package mine\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	fails(t, failed, []string{"notebook", "--to", "go", nb}, other+" is there and was not made of a notebook", "--out")
	fails(t, failed, []string{"notebook", "--to", "ipynb", other}, other, "no Go file of a notebook")
	fails(t, wrongUse, []string{"notebook", "--to", "go", other}, `extension ".go"`, "accepted: .ipynb")
	fails(t, wrongUse, []string{"notebook", "--to", "go", nb, "--html"}, "--to go runs nothing", "--out")
	fails(t, wrongUse, []string{"notebook", "--to", "py", nb}, "--to", "go")
	if text, err := os.ReadFile(other); err != nil || string(text) != "package mine\n" {
		t.Errorf("%v: %s", err, text)
	}
}

// TestNotebooksAsGo converts the notebooks of the checkout, and asks go vet.
func TestNotebooksAsGo(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles what notebooks use")
	}
	root, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	notebooks, err := filepath.Glob(filepath.Join(root, "notebooks", "*.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	works(t, append([]string{"notebook", "--to", "go", "--out", dir}, notebooks...)...)
	const constraint = "//go:build ignore\n" // which go vet would heed in a folder
	vetted := t.TempDir()
	for _, nb := range notebooks {
		name := strings.TrimSuffix(filepath.Base(nb), ".ipynb")
		file := filepath.Join(dir, name+".go")
		source, err := os.ReadFile(file)
		if err == nil {
			err = os.Mkdir(filepath.Join(vetted, name), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(vetted, name, "main.go"), []byte(strings.Replace(string(source), constraint, "", 1)), 0o644)
		}
		if err != nil || !strings.Contains(string(source), constraint) {
			t.Fatalf("%s: %v; want a line %s", file, err, constraint)
		}
		data, err := os.ReadFile(nb)
		if err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(dir, name+".ipynb")
		if err := os.WriteFile(copied, data, 0o644); err != nil {
			t.Fatal(err)
		}
		works(t, "notebook", "--to", "ipynb", file)
		if back, err := os.ReadFile(copied); err != nil || string(back) != string(data) {
			t.Errorf("%s: %v: not the same after a round trip", name, err)
		}
	}
	// All at once, as packages of a module beside the checkout: each alone would read what it imports anew.
	for _, args := range [][]string{{"mod", "init", "vetted"}, {"work", "init", ".", root}, {"vet", "./..."}} {
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Dir, cmd.Env = vetted, v1labhome.Environ(os.Environ(), map[string]string{"GOWORK": ""})
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v: %s", args[0], err, out)
		}
	}
}
