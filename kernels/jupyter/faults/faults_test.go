package faults_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"v1lab/kernels"
	"v1lab/kernels/jupyter"
	"v1lab/kernels/jupyter/jupytertest"
	"v1lab/kernels/v1labhome"
)

// TestMain lets the test program stand in for the v1lab binary that the kernel specification calls.
func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == "kernel" && os.Args[2] == "run" {
		if err := kernels.Run(context.Background(), os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

var setup = sync.OnceValue(func() error { return jupyter.Ensure(context.Background(), os.Stderr) })

// ready prepares, once, what Jupyter needs, and returns the binary of kernels: the test program.
func ready(t *testing.T) (self string) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts Jupyter")
	}
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := setup(); err != nil {
		t.Fatal(err)
	}
	return path
}

// root is the checkout.
func root(t *testing.T) string {
	t.Helper()
	dir, err := v1labhome.Root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// notebook writes a notebook of the given code cells and returns its path.
func notebook(t *testing.T, cells ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "nb.ipynb")
	jupytertest.Write(t, path, map[string]any{}, cells...)
	return path
}

// texts returns what the code cells of a notebook show on standard output, by cell.
func texts(t *testing.T, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var nb struct {
		Cells []struct {
			Outputs []struct {
				Name string
				Text json.RawMessage
			}
		}
	}
	if err := json.Unmarshal(data, &nb); err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, c := range nb.Cells {
		text := ""
		for _, o := range c.Outputs {
			if o.Name != "stdout" {
				continue
			}
			var one string
			var lines []string
			if json.Unmarshal(o.Text, &one) == nil {
				text += one
			} else if json.Unmarshal(o.Text, &lines) == nil {
				text += strings.Join(lines, "")
			}
		}
		found = append(found, text)
	}
	return found
}

// TestOutputIsWhole: long lines take no longer than short ones, what is still on its way when a cell ends is waited for, carriage returns and
// backspaces do what a terminal does, and what looks like a shell line in a comment or a string is text. Nobody answers on standard input.
func TestOutputIsWhole(t *testing.T) {
	binary := ready(t)
	marker := filepath.Join(t.TempDir(), "executed")
	path := notebook(t,
		"%%\nfmt.Print(strings.Repeat(\"0.123456789 \", 400000), \"\\n\")",
		"%%\nfor i := 0; i < 100000; i++ { fmt.Printf(\"%099d\\n\", i) }",
		"%%\nfmt.Print(\"1%\\r2%\\r3%\\nabc\\b\\bx\\nkept\\r\\n\")",
		"/*\n!touch "+marker+"\n%%bash\n*/\n%%\nconst doc = `\n!touch "+marker+"\n%no magic\npackage text`\nfmt.Print(len(doc)) // it's \"one\"\n!echo yes",
		"%%\nvar s string\n_, err := fmt.Scanln(&s)\nfmt.Print(err)",
		"%%\r\nfmt.Print(1)\r\n",
		"%%\nfor _, c := range []byte(strings.Repeat(\"ä€𝛂\", 3)) { os.Stdout.Write([]byte{c}); time.Sleep(20 * time.Millisecond) }",
	)
	out := filepath.Join(t.TempDir(), "out.ipynb")
	begun := time.Now()
	if err := jupyter.Execute(t.Context(), jupyter.ExecuteOptions{Notebook: path, Out: out, Binary: binary, Timeout: time.Minute}); err != nil {
		t.Fatal(err)
	}
	t.Logf("%.1f s", time.Since(begun).Seconds())
	got := texts(t, out)
	if len(got[0]) != 12*400000+1 || strings.Count(got[1], "\n") != 100000 {
		t.Errorf("of a long line %d characters are left, of 100000 lines %d", len(got[0]), strings.Count(got[1], "\n"))
	}
	for i, want := range map[int]string{2: "3%\nax\nkept\r\n", 3: fmt.Sprint("yes\n", len("\n!touch "+marker+"\n%no magic\npackage text")), 4: "EOF", 5: "1", 6: strings.Repeat("ä€𝛂", 3)} {
		if got[i] != want {
			t.Errorf("cell %d: %q, want %q", i+1, got[i], want)
		}
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("a shell line in a comment or a string was run")
	}
}

// TestMistakesAreErrorsOfTheCell: the kernel lives, and the last line of a run says what is wrong where.
func TestMistakesAreErrorsOfTheCell(t *testing.T) {
	binary := ready(t)
	var all []jupyter.ExecuteOptions
	wants := map[string]string{}
	for source, want := range map[string]string{
		"%%\nfmt.Print(1)\n%%\nfmt.Print(2)":                                    "line 3: a cell has one line %%",
		"fmt.Print(1)":                                                          "line 1: expected declaration, found fmt; statements go below a line %%",
		"import \"C\"\n%%\nfmt.Print(C.sqrt(2))":                                "line 1: cells take no cgo",
		"//go:embed a.txt\nvar text string\n%%\nfmt.Print(text)":                "line 1: cells take no //go:embed",
		"// a comment\n%%\nfmt.Print(1)\nfmt.Print(hepler(1))":                  "line 4: undefined: hepler",
		"%%\nfor i := range 10000 { println(i) }\npanic(\"the \" + \"reason\")": "panic: the reason",
		"import \"github.com/foo/bar\"\n%%\nbar.X()":                            "line 1: the checkout lacks the package github.com/foo/bar: run this once, with a network, and the cell again: cd ",
		"import \"v1lab/nothere\"\n%%\nnothere.X()":                             "line 1: the checkout " + root(t) + " has no package v1lab/nothere",
		"import \"nothere\"\n%%\nnothere.X()":                                   "line 1: Go's library has no package nothere",
		"%%\nfmt.Fprintln(os.Stderr, \"the reason\")\nos.Exit(3)":               "the reason",
		"func g(i int) int { return []int{1}[i] }\n%%\nfmt.Println(g(3))":       "panic: runtime error: index out of range [3] with length 1",
		"%%\nos.Exit(3)": "the cell's program ended with exit status 3",
		"%env A=1\\\n":   "", // gonb's own fault, whatever it says
	} {
		path := notebook(t, source)
		all = append(all, jupyter.ExecuteOptions{Notebook: path, Out: filepath.Join(t.TempDir(), "out.ipynb"), Binary: binary, Timeout: time.Minute})
		wants[path] = want
	}
	for _, o := range jupyter.ExecuteAll(t.Context(), all, 2, nil) {
		want := wants[o.Notebook]
		if want == "" {
			if o.Err != nil && strings.Contains(o.Err.Error(), "kernel died") {
				t.Errorf("%v", o.Err)
			}
			continue
		}
		var cell *jupyter.CellError
		if !errors.As(o.Err, &cell) || !strings.Contains(o.Err.Error(), "cell 1 of 1 failed: "+want) {
			t.Errorf("error %v, want %q", o.Err, want)
			continue
		}
		for _, unwanted := range []string{"/tmp/", "gonb_", "main.go", "\x1b["} {
			if strings.Contains(cell.Output, unwanted) {
				t.Errorf("%q in %q", unwanted, cell.Output)
			}
		}
		if len(cell.Details()) > 200000 || strings.Contains(o.Err.Error(), "\n") {
			t.Errorf("%d characters of details; error %q", len(cell.Details()), o.Err)
		}
	}
	redeclared := notebook(t, "var f = 1", "func f() int { return 2 }")
	err := jupyter.Execute(t.Context(), jupyter.ExecuteOptions{Notebook: redeclared, Out: redeclared, Binary: binary})
	if want := "cell 2 of 2 failed: line 1: f redeclared in this block: an earlier cell declares it as something else; the line %rm f makes the kernel forget that"; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
	again := notebook(t, "var f = 1", "%rm f\nfunc f() int { return 2 }", "%%\nfmt.Print(f())")
	if err := jupyter.Execute(t.Context(), jupyter.ExecuteOptions{Notebook: again, Out: again, Binary: binary}); err != nil || texts(t, again)[2] != "2" {
		t.Errorf("after %%rm: %v, %q", err, texts(t, again))
	}
	path := notebook(t, "print(1)")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data = []byte(strings.Replace(string(data), `"metadata":{}`, `"metadata":{"kernelspec":{"name":"python3","language":"python","display_name":"Python 3"}}`, 1))
	data = []byte(strings.Replace(string(data), `"metadata":{},"nbformat"`, `"metadata":{"kernelspec":{"name":"python3","language":"python","display_name":"Python 3"}},"nbformat"`, 1))
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	err = jupyter.Execute(t.Context(), jupyter.ExecuteOptions{Notebook: path, Out: path, Binary: binary})
	if err == nil || !strings.Contains(err.Error(), `its kernel is "python3", of the language python`) {
		t.Errorf("a notebook in Python: %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(data) {
		t.Errorf("a refused notebook was changed (%v)", err)
	}
}

// TestNothingIsLeft: a time limit and a stop end whatever a cell has started: loops of a shell, pipes, children of Go programs. In place, cells that were not
// reached keep their outputs.
func TestNothingIsLeft(t *testing.T) {
	binary := ready(t)
	running := func(pattern string) bool { return exec.Command("pgrep", "-f", pattern).Run() == nil }
	for name, source := range map[string]string{
		"83471": "!for i in 1 2 3; do sleep 83471; done; echo after",
		"83472": "!sleep 83472 | cat",
		"83473": "%%bash\nsleep 83473 & sleep 83473",
		"83474": "%%\nc := exec.Command(\"sleep\", \"83474\")\nfmt.Println(c.Run())",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := notebook(t, source, "%%\nfmt.Print(2)")
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			kept := `{"name":"stdout","output_type":"stream","text":"kept"}`
			i := strings.LastIndex(string(data), `"outputs":[]`)
			text := string(data[:i]) + `"outputs":[` + kept + `]` + string(data[i+len(`"outputs":[]`):])
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, 0o600); err != nil {
				t.Fatal(err)
			}
			o := jupyter.ExecuteOptions{Notebook: path, Out: path, Binary: binary, Timeout: 3 * time.Second}
			ctx := t.Context()
			if name == "83474" { // stopped
				o.Timeout = 0
				stopped, stop := context.WithCancel(ctx)
				ctx = stopped
				go func() {
					defer stop()
					for range 600 {
						if running("^sleep " + name) {
							return
						}
						time.Sleep(50 * time.Millisecond)
					}
				}()
			}
			if err := jupyter.Execute(ctx, o); err == nil {
				t.Error("no error")
			}
			for end := time.Now().Add(2 * time.Second); running("^sleep "+name) && time.Now().Before(end); {
				time.Sleep(50 * time.Millisecond)
			}
			if running("^sleep " + name) {
				t.Error("a process is left")
			}
			if got := texts(t, path); got[1] != "kept" {
				t.Errorf("the cell that was not reached shows %q", got[1])
			}
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
		})
	}
}

// TestKilledSession: what a cell of a killed kernel started is named and ended; a fit in the background would have a session of its own.
func TestKilledSession(t *testing.T) {
	binary := ready(t)
	const sleep = "83475"
	path := notebook(t, "!sleep "+sleep)
	done := make(chan error, 1)
	go func() {
		done <- jupyter.Execute(context.Background(), jupyter.ExecuteOptions{Notebook: path, Out: path, Binary: binary})
	}()
	var pid int
	for range 600 {
		if out, err := exec.Command("pgrep", "-f", "^sleep "+sleep).Output(); err == nil {
			fmt.Sscan(string(out), &pid) //nolint:errcheck // digits
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if len(kernels.Orphans()) > 0 {
		t.Errorf("while the kernel lives: %v", kernels.Orphans())
	}
	session, err := unix.Getsid(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Kill(session, unix.SIGKILL); err != nil { // the kernel leads it
		t.Fatal(err)
	}
	if err := <-done; err == nil || !strings.Contains(err.Error(), "the kernel died: killed by SIGKILL, as the system does when memory runs out; its log is ") {
		t.Errorf("error %v", err)
	}
	named := false
	for _, p := range kernels.Orphans() {
		named = named || p.PID == pid && p.Name == "sleep"
	}
	removed, err := kernels.Clean()
	if !named || err != nil || !strings.Contains(strings.Join(removed, " "), fmt.Sprintf("process %d (sleep)", pid)) {
		t.Errorf("named: %v; removed %v, %v", named, removed, err)
	}
}
