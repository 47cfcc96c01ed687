package v1labtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels/jupyter/jupytertest"
)

// writeNotebook writes a notebook of one cell that imports packages.
func writeNotebook(t *testing.T, imports, cell string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nb.ipynb")
	kernel := map[string]any{"kernelspec": map[string]any{"display_name": "Go (v1lab)", "language": "go", "name": "v1lab"}}
	jupytertest.Write(t, path, kernel, "import ("+imports+")\n%%\n"+cell)
	return path
}

const usual = `"fmt"; "os"`

func TestNotebook(t *testing.T) {
	t.Parallel()
	nb, dir := writeNotebook(t, usual, `fmt.Println("seed is", os.Getenv("V1LAB_PARAM_SEED"))`), filepath.Join(t.TempDir(), "out")
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

// A parameter arrives under whatever spelling, and one that nobody asks for is wrong use, found before anything runs.
func TestNotebookParameters(t *testing.T) {
	t.Parallel()
	nb := writeNotebook(t, `"fmt"; "v1lab/notebooks/lab"`, `fmt.Println("steps are", lab.Param("max.steps", "5"))`)
	dir := filepath.Join(t.TempDir(), "out")
	fails(t, wrongUse, []string{"notebook", nb, "--set", "max_step=6", "--out", dir}, "--set", `"max_step"`, "accepted: max.steps")
	if _, err := os.Stat(dir); err == nil {
		t.Error("something was run")
	}
	works(t, "notebook", nb, "--set", "max.steps=7", "--out", dir)
	if content, err := os.ReadFile(filepath.Join(dir, "nb.ipynb")); err != nil || !strings.Contains(string(content), "steps are 7") {
		t.Errorf("%v: %s", err, content)
	}
}

func TestNotebookFails(t *testing.T) {
	t.Parallel()
	nb := writeNotebook(t, usual, `fmt.Println(undefined)`)
	status, stdout, stderr := v1lab(t, "notebook", nb, "--out", t.TempDir())
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	if last := lines[len(lines)-1]; status != failed || stdout != "" || !strings.HasPrefix(last, "v1lab notebook: ") || !strings.Contains(last, "cell 1 of 1 failed") {
		t.Errorf("status %d, %q, last line %q", status, stdout, last)
	}
	fails(t, failed, []string{"notebook", "/nowhere/nb.ipynb"}, "/nowhere/nb.ipynb", "does not exist")
}

// Several notebooks run side by side; one that fails stops no other, and the gallery and the JUnit file tell about all.
func TestNotebooks(t *testing.T) {
	t.Parallel()
	good, bad := writeNotebook(t, usual, `fmt.Println(os.Getpid())`), filepath.Join(t.TempDir(), "bad.ipynb")
	broken, err := os.ReadFile(writeNotebook(t, usual, `os.Stdout.WriteString(undefined)`))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(bad, broken, 0o644); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "out")
	junit := filepath.Join(t.TempDir(), "junit.xml")
	status, stdout, stderr := v1lab(t, "notebook", bad, good, "--out", dir, "--html", "--junit", junit, "--jobs", "2", "--timeout", "5m")
	if want := filepath.Join(dir, "nb.ipynb") + "\n" + filepath.Join(dir, "nb.html") + "\n"; status != failed || stdout != want {
		t.Errorf("status %d, printed %q, want %q", status, stdout, want)
	}
	for _, want := range []string{"bad.ipynb: cell 1 of 1 failed:", "os.Stdout.WriteString(undefined)", "undefined: undefined"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("standard error lacks %q: %s", want, stderr)
		}
	}
	for path, want := range map[string][]string{
		filepath.Join(dir, "index.html"): {`<a href="nb.html">nb</a>`, `<a href="bad.html">bad</a>`, "cell 1 of 1 failed"},
		junit:                            {`<testsuites tests="2" failures="1"`, `<testcase classname="nb" name="cell 1"`, `<failure message="cell 1 of 1 failed: line 3: undefined: undefined">`, "undefined: undefined"},
	} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		for _, w := range want {
			if !strings.Contains(string(content), w) {
				t.Errorf("%s lacks %q: %s", path, w, content)
			}
		}
	}
	// In place, the gallery is beside the notebooks, but is no page of theirs, and tells also of a file that is none. A link to a notebook is the same notebook.
	index, link := filepath.Join(filepath.Dir(good), "index.ipynb"), filepath.Join(filepath.Dir(good), "link.ipynb")
	if err := os.Rename(good, index); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(index, link); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(filepath.Dir(good), "text.ipynb")
	if err := os.WriteFile(text, []byte("no notebook"), 0o644); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := v1lab(t, "notebook", index, link, text, "--html"); status != failed || !strings.Contains(stderr, "text.ipynb") || !strings.Contains(stderr, "is no notebook") {
		t.Errorf("status %d: %s", status, stderr)
	}
	content, err := os.ReadFile(filepath.Join(filepath.Dir(good), "gallery.html"))
	if err != nil || !strings.Contains(string(content), `<a href="index.html">index</a>`) || strings.Contains(string(content), "link.html") || !strings.Contains(string(content), "is no notebook: ") {
		t.Errorf("%v: %s", err, content)
	}
	if page, err := os.ReadFile(filepath.Join(filepath.Dir(good), "index.html")); err != nil || strings.Contains(string(page), "link.html") || !strings.Contains(string(page), "Getpid") {
		t.Errorf("%v: the page of index.ipynb is %.200s", err, page)
	}
	good = index
	fails(t, failed, []string{"notebook", good, "--junit", "/nowhere/junit.xml"}, "--junit /nowhere/junit.xml cannot be written", "no such file")
	fails(t, wrongUse, []string{"notebook", good, "--junit", t.TempDir()}, "it is a folder; accepted: a file")
	fails(t, wrongUse, []string{"notebook", good, "--jobs", "0"}, "--jobs 0", "accepted: a number from 1")
	fails(t, wrongUse, []string{"notebook", good, "--timeout", "2ms"}, "--timeout 2ms", "accepted: a time from 1s")
}
