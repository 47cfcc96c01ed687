package durable_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"v1lab/datasets/durable"
	"v1lab/datasets/durable/faulty"
)

func Example() {
	dir, err := os.MkdirTemp("", "durable")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "a.txt")
	if err := durable.WriteFile(path, []byte("old"), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	if err := durable.WriteFile(path, []byte("new"), 0o644); err != nil {
		fmt.Println(err)
		return
	}
	text, err := os.ReadFile(path)
	fmt.Println(string(text), err)
	// Output: new <nil>
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Whatever fails, a file is the old or the new one, and the error names it.
func TestFileIsOldOrNew(t *testing.T) {
	content := func(dir string) (string, error) {
		text, err := os.ReadFile(filepath.Join(dir, "sub", "a"))
		return string(text), err
	}
	points := faulty.Sweep(t, faulty.Work{
		Prepare: func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, "sub"), 0o755), os.WriteFile(filepath.Join(dir, "sub", "a"), []byte("old"), 0o600))
		},
		Run: func(dir string) error {
			if err := durable.WriteFile(filepath.Join(dir, "sub", "a"), bytes.Repeat([]byte("new"), 1000), 0o644); err != nil {
				return err
			}
			if err := durable.MkdirAll(filepath.Join(dir, "sub", "b", "c"), 0o755); err != nil {
				return err
			}
			if err := durable.WriteFile(filepath.Join(dir, "sub", "b", "c", "d"), []byte("whole"), 0o644); err != nil {
				return err
			}
			return durable.Remove(filepath.Join(dir, "sub", "b", "c", "d"))
		},
		Whole: func(dir string) error {
			text, err := content(dir)
			if err == nil && text != "old" && text != strings.Repeat("new", 1000) {
				err = fmt.Errorf("%d bytes %.20q", len(text), text)
			}
			d, missing := os.ReadFile(filepath.Join(dir, "sub", "b", "c", "d"))
			if err == nil && missing == nil && string(d) != "whole" {
				err = fmt.Errorf("d is %q", d)
			}
			return err
		},
		Done: func(dir string) error {
			text, err := content(dir)
			if err == nil && text != strings.Repeat("new", 1000) {
				err = fmt.Errorf("%d bytes", len(text))
			}
			info, statErr := os.Stat(filepath.Join(dir, "sub", "a"))
			if err = errors.Join(err, statErr); err == nil && info.Mode().Perm() != 0o600 {
				err = fmt.Errorf("permissions %v, want those of the old file", info.Mode())
			}
			return err
		},
		Named: "sub",
	})
	if points < 40 {
		t.Errorf("%d faults", points)
	}
}

// A write without a sync is lost in a power cut: the disk of the tests finds a writer that forgets one.
func TestPowerCutLosesWhatWasNotSynced(t *testing.T) {
	dir := t.TempDir()
	d, err := faulty.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer durable.Use(d)()
	path := filepath.Join(dir, "a")
	f, err := durable.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		t.Helper()
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	write("one ")
	if err := errors.Join(f.Sync(), d.SyncDir(dir)); err != nil {
		t.Fatal(err)
	}
	write("two")
	if err := d.Rename(path, filepath.Join(dir, "b")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Close(), d.PowerCut(0)); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != "one " {
		t.Errorf("left %q", got)
	}
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	for _, line := range []string{"a\n", "b\n"} {
		if err := durable.Append(path, []byte(line), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := read(t, path); got != "a\nb\n" {
		t.Errorf("%q", got)
	}
}

// Errors name the file that was wanted and the cause.
func TestErrorsNameTheFile(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "none", "a")
	occupied := filepath.Join(dir, "file")
	if err := os.WriteFile(occupied, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		err   error
		want  string
		cause error
	}{
		{durable.WriteFile(missing, nil, 0o644), "create " + missing + ": no such file or directory", fs.ErrNotExist},
		{durable.Append(missing, nil, 0o644), "write " + missing + ": no such file or directory", fs.ErrNotExist},
		{durable.MkdirAll(filepath.Join(occupied, "a"), 0o755), "mkdir " + occupied + ": not a directory", syscall.ENOTDIR},
		{durable.Rename(missing, occupied), "rename " + occupied + ": no such file or directory", fs.ErrNotExist},
		{durable.Named("x", durable.WriteFile(missing, nil, 0o644)), "x: no such file or directory", fs.ErrNotExist},
	} {
		if c.err == nil || c.err.Error() != c.want || !errors.Is(c.err, c.cause) {
			t.Errorf("error %v, want %s", c.err, c.want)
		}
	}
	if err := durable.Remove(filepath.Join(dir, "not there")); err != nil {
		t.Error(err)
	}
}

// What a killed process left half-written is known by its name and removed.
func TestTidy(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.npz")
	n, err := durable.Begin(path, 0o644, true)
	if err != nil {
		t.Fatal(err)
	}
	if !durable.Temporary(filepath.Base(n.Name()), "a.npz") {
		t.Errorf("%s is not known", n.Name())
	}
	for _, name := range []string{".a.npz", ".a.npzx1", "a.npz", ".b.npz12"} {
		if durable.Temporary(name, "a.npz") {
			t.Errorf("%s", name)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	durable.Tidy(path)
	var left []string
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{".a.npz", ".a.npzx1", ".b.npz12", "a.npz"}; !slices.Equal(left, want) {
		t.Errorf("left %v, want %v", left, want)
	}
}
