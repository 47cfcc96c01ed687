package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const notebook = `{"cells": [{"cell_type": "code", "execution_count": null, "id": "a", "metadata": {}, "outputs": [], "source": ["import (\"fmt\"; \"os\")\n", "%%\n", "CELL"]}],
 "metadata": {"kernelspec": {"display_name": "Go (v1lab)", "language": "go", "name": "v1lab"}}, "nbformat": 4, "nbformat_minor": 5}`

func writeNotebook(t *testing.T, cell string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nb.ipynb")
	if err := os.WriteFile(path, []byte(strings.Replace(notebook, "CELL", strings.ReplaceAll(cell, `"`, `\"`), 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNotebook(t *testing.T) {
	t.Setenv(asProgram, "1") // the kernel is this binary
	nb, dir := writeNotebook(t, `fmt.Println("seed is", os.Getenv("V1LAB_PARAM_SEED"))`), filepath.Join(t.TempDir(), "out")
	want := filepath.Join(dir, "nb.ipynb")
	if stdout := works(t, "notebook", nb, "--set", "seed=a=b;c", "--out", dir, "--html"); stdout != want+"\n"+filepath.Join(dir, "nb.html")+"\n" {
		t.Errorf("printed %q", stdout)
	}
	for _, name := range []string{"nb.ipynb", "nb.html"} {
		if content, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !strings.Contains(string(content), "seed is a=b;c") {
			t.Errorf("%s: %v, without the cell's output", name, err)
		}
	}
}

func TestNotebookFails(t *testing.T) {
	t.Setenv(asProgram, "1")
	nb := writeNotebook(t, `fmt.Println(undefined)`)
	status, stdout, stderr := v1lab("notebook", nb, "--out", t.TempDir())
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	if last := lines[len(lines)-1]; status != failed || stdout != "" || !strings.HasPrefix(last, "v1lab notebook: ") || !strings.Contains(last, "cell 1 of 1 failed") {
		t.Errorf("status %d, %q, last line %q", status, stdout, last)
	}
	fails(t, failed, []string{"notebook", "/nowhere/nb.ipynb"}, "/nowhere/nb.ipynb", "does not exist")
}
