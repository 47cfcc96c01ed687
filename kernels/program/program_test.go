package program_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"v1lab/kernels/program"
)

// The stamp of sources changes with every edit of what a program is built from, and with nothing else.
func TestStamp(t *testing.T) {
	root := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum", "cmd/a.go", "datasets/a.go", "kernels/a.py", "notebooks/a.go", "v1model/a.go", "v1model/b.go"} {
		write(name, "a")
	}
	stamp := func() string {
		t.Helper()
		s, err := program.Stamp(root)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := stamp()
	for name, change := range map[string]func(){
		"a longer file": func() { write("v1model/a.go", "aa") },
		"a new file":    func() { write("kernels/tools/b.txt", "") },
		"a lost file": func() {
			if err := os.Remove(filepath.Join(root, "v1model/b.go")); err != nil {
				t.Fatal(err)
			}
		},
		"a later time": func() {
			if err := os.Chtimes(filepath.Join(root, "go.mod"), time.Time{}, time.Now().Add(time.Microsecond)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		change()
		if now := stamp(); now == before {
			t.Errorf("%s: the same stamp", name)
		} else {
			before = now
		}
	}
	for _, name := range []string{"notebooks/a.ipynb", "v1model/a_test.go", "v1model/testdata/a.npz", "docs/a.md", "runs/a/config.yaml"} {
		write(name, "b")
		if stamp() != before {
			t.Errorf("%s: another stamp", name)
		}
	}
	if err := os.Remove(filepath.Join(root, "go.mod")); err != nil {
		t.Fatal(err)
	}
	if _, err := program.Stamp(root); err == nil {
		t.Error("without go.mod: no error")
	}
}
