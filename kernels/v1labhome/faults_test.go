package v1labhome_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"v1lab/datasets/durable/faulty"
	"v1lab/kernels/v1labhome"
)

// Whichever operation fails during a setup, a folder is absent, incomplete by its own account, or whole, and the next setup makes it whole. The build's own
// files are those of another program, which syncs nothing.
func TestEveryFaultOfASetup(t *testing.T) {
	build := func(dir string) error {
		if err := os.MkdirAll(filepath.Join(dir, "lib"), 0o755); err != nil {
			return err
		}
		return errors.Join(os.WriteFile(filepath.Join(dir, "lib", "a"), []byte("whole"), 0o644), os.WriteFile(filepath.Join(dir, "b"), []byte("whole"), 0o644))
	}
	check := func(dir string) error {
		for _, name := range []string{"lib/a", "b"} {
			text, err := os.ReadFile(filepath.Join(dir, name))
			if err == nil && string(text) != "whole" {
				err = fmt.Errorf("%s: %q", filepath.Join(dir, name), text)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	damaged := func(dir string) error {
		return errors.Join(build(dir), os.Remove(filepath.Join(dir, "b")), os.WriteFile(filepath.Join(dir, ".complete"), nil, 0o644))
	}
	for name, c := range map[string]struct {
		ensure func(context.Context, string, v1labhome.Check, io.Writer, func(string) error) error
		before func(dir string) error
		there  func(dir string) bool
	}{
		"renamed":         {v1labhome.EnsureFolder, nil, func(dir string) bool { _, err := os.Stat(dir); return err == nil }},
		"in place":        {v1labhome.EnsureFolderInPlace, nil, v1labhome.Complete},
		"renamed again":   {v1labhome.EnsureFolder, damaged, nil},
		"in place, again": {v1labhome.EnsureFolderInPlace, damaged, nil},
	} {
		t.Run(name, func(t *testing.T) {
			at := func(dir string) string { return filepath.Join(dir, "home", "thing") }
			w := faulty.Work{
				Run: func(dir string) error {
					return c.ensure(t.Context(), at(dir), check, io.Discard, build)
				},
				Whole: func(dir string) error {
					if c.there == nil || !c.there(at(dir)) { // what was damaged is damaged, and found
						return nil
					}
					return check(at(dir))
				},
				Done:  func(dir string) error { return check(at(dir)) },
				Named: "home",
			}
			if c.before != nil {
				w.Prepare = func(dir string) error { return c.before(at(dir)) }
			}
			faulty.Sweep(t, w)
		})
	}
}

// The note of where the checkout is.
func TestEveryFaultOfANote(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "go.mod"), []byte("module v1lab\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	note := func(dir string) (string, error) {
		text, err := os.ReadFile(filepath.Join(dir, "home", "root"))
		return string(text), err
	}
	faulty.Sweep(t, faulty.Work{
		Run: func(dir string) error {
			t.Setenv(v1labhome.Env, filepath.Join(dir, "home"))
			return v1labhome.RecordRoot(root)
		},
		Whole: func(dir string) error {
			text, err := note(dir)
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err == nil && text != root+"\n" {
				err = fmt.Errorf("%q", text)
			}
			return err
		},
		Done: func(dir string) error {
			text, err := note(dir)
			if err == nil && text != root+"\n" {
				err = fmt.Errorf("%q", text)
			}
			return err
		},
		Named: "home",
	})
}
