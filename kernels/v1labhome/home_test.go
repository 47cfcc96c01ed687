package v1labhome_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"v1lab/kernels/v1labhome"
)

func TestRoot(t *testing.T) {
	t.Setenv(v1labhome.Env, t.TempDir())
	t.Setenv(v1labhome.RootEnv, "")
	root, other, outside := t.TempDir(), t.TempDir(), t.TempDir()
	for dir, text := range map[string]string{root: "module v1lab\n", other: "module v1lab/other\n"} {
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	deep := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(deep)
	if got, err := v1labhome.Root(); err != nil || got != root {
		t.Errorf("from below: %s, %v; want %s", got, err, root)
	}
	t.Chdir(outside)
	if _, err := v1labhome.Root(); err == nil || !strings.Contains(err.Error(), "no v1lab checkout in "+outside) {
		t.Errorf("outside: error %v", err)
	}
	if err := v1labhome.RecordRoot(other); err == nil {
		t.Error("another module was recorded")
	}
	if err := v1labhome.RecordRoot(root); err != nil {
		t.Fatal(err)
	}
	if got, err := v1labhome.Root(); err != nil || got != root {
		t.Errorf("recorded: %s, %v; want %s", got, err, root)
	}
	t.Setenv(v1labhome.RootEnv, other)
	if _, err := v1labhome.Root(); err == nil || !strings.Contains(err.Error(), v1labhome.RootEnv+"="+other) {
		t.Errorf("%s names another module: error %v", v1labhome.RootEnv, err)
	}
}

func TestEnsureFolderBuildsOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sub", "thing")
	var built atomic.Int32
	var wait sync.WaitGroup
	var log bytes.Buffer
	var mu sync.Mutex
	for range 8 {
		wait.Go(func() {
			var own bytes.Buffer
			err := v1labhome.EnsureFolder(context.Background(), dir, nil, &own, func(tmp string) error {
				built.Add(1)
				time.Sleep(100 * time.Millisecond)
				return os.WriteFile(filepath.Join(tmp, "file"), []byte("whole"), 0o644)
			})
			if data, readErr := os.ReadFile(filepath.Join(dir, "file")); err != nil || readErr != nil || string(data) != "whole" {
				t.Errorf("after EnsureFolder: %q, %v, %v", data, err, readErr)
			}
			mu.Lock()
			defer mu.Unlock()
			log.Write(own.Bytes())
		})
	}
	wait.Wait()
	if built.Load() != 1 {
		t.Errorf("built %d times", built.Load())
	}
	if !strings.Contains(log.String(), "waiting for another process") {
		t.Errorf("nobody was told to wait: %q", log.String())
	}
}

func TestEnsureFolderAfterFailure(t *testing.T) {
	for name, ensure := range map[string]func(context.Context, string, v1labhome.Check, io.Writer, func(string) error) error{"renamed": v1labhome.EnsureFolder, "in place": v1labhome.EnsureFolderInPlace} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "thing")
			broken := errors.New("power cut")
			err := ensure(t.Context(), dir, nil, io.Discard, func(d string) error {
				if err := os.MkdirAll(d, 0o755); err != nil {
					return err
				}
				return errors.Join(os.WriteFile(filepath.Join(d, "half"), nil, 0o644), broken)
			})
			if !errors.Is(err, broken) {
				t.Errorf("error %v, want the builder's", err)
			}
			for range 2 {
				if err := ensure(t.Context(), dir, nil, io.Discard, func(d string) error {
					return os.MkdirAll(filepath.Join(d, "good"), 0o755)
				}); err != nil {
					t.Fatal(err)
				}
			}
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, e := range entries {
				names = append(names, e.Name())
			}
			if !slices.Contains(names, "good") || slices.Contains(names, "half") {
				t.Errorf("folder holds %v", names)
			}
		})
	}
}

func TestEnsureFolderErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	never := func(string) error { return errors.New("built") }
	if err := v1labhome.EnsureFolder(t.Context(), filepath.Join(file, "a", "b"), nil, io.Discard, never); err == nil || !strings.Contains(err.Error(), "set V1LAB_HOME to a folder that you can write") {
		t.Errorf("below a file: error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	dir := filepath.Join(t.TempDir(), "thing")
	err := v1labhome.EnsureFolder(t.Context(), dir, nil, io.Discard, func(string) error {
		cancel()
		err := v1labhome.EnsureFolder(ctx, dir, nil, io.Discard, never) // the lock is taken
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled while waiting: error %v", err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func ExampleEnviron() {
	fmt.Println(v1labhome.Environ([]string{"A=1", "B=2", "A=3", "C=4"}, map[string]string{"B": "new"}, "C"))
	// Output: [A=3 B=new]
}

// A folder may have characters in its name that mean something in patterns.
func TestGlob(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "h[x*?")
	for _, name := range []string{"a1/f.so", "a2/f.so", "b/f.so"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	found, err := v1labhome.Glob(dir, "a*/*.so*")
	if want := []string{filepath.Join(dir, "a1/f.so"), filepath.Join(dir, "a2/f.so")}; err != nil || !slices.Equal(found, want) {
		t.Errorf("%v, %v", found, err)
	}
	if found, err := v1labhome.Glob(filepath.Join(dir, "none"), "*"); err != nil || len(found) != 0 {
		t.Errorf("%v, %v", found, err)
	}
}

// A checkout above the working folder that another user owns is not run, and not remembered, unless it is named.
func TestCheckoutOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may give files away")
	}
	t.Setenv(v1labhome.Env, t.TempDir())
	t.Setenv(v1labhome.RootEnv, "")
	t.Setenv("SUDO_UID", "")
	root, outside := t.TempDir(), t.TempDir()
	module := filepath.Join(root, "go.mod")
	if err := os.WriteFile(module, []byte("module v1lab\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{module, root} {
		if err := os.Lchown(path, 2001, 2001); err != nil {
			t.Fatal(err)
		}
		t.Chdir(root)
		if got, err := v1labhome.Root(); err == nil || !strings.Contains(err.Error(), "the v1lab checkout "+root+" is not used: "+path+" belongs to user 2001") ||
			!strings.Contains(err.Error(), v1labhome.RootEnv+"="+root) {
			t.Errorf("%q, %v", got, err)
		}
		t.Setenv("SUDO_UID", "2001")
		if got, err := v1labhome.Root(); err != nil || got != root {
			t.Errorf("called by sudo: %q, %v", got, err)
		}
		t.Setenv("SUDO_UID", "")
		t.Setenv(v1labhome.RootEnv, root)
		if got, err := v1labhome.Root(); err != nil || got != root {
			t.Errorf("named: %q, %v", got, err)
		}
		t.Setenv(v1labhome.RootEnv, "")
		if err := v1labhome.RecordRoot(root); err != nil {
			t.Error(err)
		}
		t.Chdir(outside)
		if got, err := v1labhome.Root(); err == nil || !strings.Contains(err.Error(), "no v1lab checkout") {
			t.Errorf("remembered: %q, %v", got, err)
		}
		if err := os.Lchown(path, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTrusted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := v1labhome.Trusted(path); err != nil {
		t.Error(err)
	}
	for _, mode := range []os.FileMode{0o664, 0o646} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if err := v1labhome.Trusted(path); err == nil || !strings.Contains(err.Error(), "may be written by its group or others") {
			t.Errorf("%v: %v", mode, err)
		}
	}
}
