package v1labhome_test

import (
	"context"
	"errors"
	"fmt"
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

// write makes a file and the folders above it.
func write(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestStrays: what the dead left is found and swept, what the living hold and what others made is not.
func TestStrays(t *testing.T) {
	tmp, base := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", tmp)
	t.Setenv(v1labhome.Env, base)
	living, err := v1labhome.NewTemp(v1labhome.ForSession)
	if err != nil {
		t.Fatal(err)
	}
	building := filepath.Join(base, "tools-2")
	for _, path := range []string{
		filepath.Join(tmp, "v1lab-run-dead", ".lock"), filepath.Join(tmp, "v1lab-kernel-killed", ".lock"), filepath.Join(tmp, "v1lab-kernel-killed", "gonb_1", "main.go"),
		filepath.Join(tmp, "v1lab-kernel-ended", ".lock"), // gonb removed its folder: nothing to complain of
		filepath.Join(tmp, "v1lab-run-unlocked", "file"), filepath.Join(tmp, "v1lab-other-1", ".lock"), filepath.Join(tmp, "someone", ".lock"),
		filepath.Join(base, "tools-1.lock"), filepath.Join(base, "tools-1.tmp-7", "gonb"), filepath.Join(base, "pjrt", "x.lock"), filepath.Join(base, "pjrt", "x.tmp-old", "lib.so"),
		filepath.Join(base, "bin", ".v1lab-1"), filepath.Join(base, "bin", ".v1lab-2"), filepath.Join(base, "bin", "v1lab"),
	} {
		write(t, path)
	}
	hour := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(base, "bin", ".v1lab-1"), hour, hour); err != nil {
		t.Fatal(err)
	}
	want := []string{filepath.Join(tmp, "v1lab-kernel-killed"), filepath.Join(tmp, "v1lab-run-dead"), filepath.Join(base, "tools-1.tmp-7"), filepath.Join(base, "pjrt", "x.tmp-old"), filepath.Join(base, "bin", ".v1lab-1")}
	slices.Sort(want)
	err = v1labhome.EnsureFolder(t.Context(), building, nil, os.Stderr, func(half string) error {
		for _, find := range []func() ([]string, error){v1labhome.Leftovers, v1labhome.RemoveLeftovers} {
			found, err := find()
			slices.Sort(found)
			if err != nil || !slices.Equal(found, want) {
				t.Errorf("found %v, %v; want %v", found, err, want)
			}
		}
		_, err := os.Stat(half)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	for path, kept := range map[string]bool{living.Dir: true, "v1lab-run-dead": false, "v1lab-kernel-killed": false, "v1lab-kernel-ended": false, "v1lab-run-unlocked": true, "v1lab-other-1": true,
		"someone": true, filepath.Join(base, "bin", ".v1lab-2"): true, filepath.Join(base, "bin", "v1lab"): true, building: true} {
		if !filepath.IsAbs(path) {
			path = filepath.Join(tmp, path)
		}
		if _, err := os.Stat(path); (err == nil) != kept {
			t.Errorf("%s is there: %v, want %v", path, err == nil, kept)
		}
	}
	living.Remove()
	if left, err := v1labhome.Leftovers(); err != nil || len(left) > 0 {
		t.Errorf("after all: %v, %v", left, err)
	}
}

func TestInTemp(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	if v1labhome.InTemp() {
		t.Error("an ordinary folder is taken for ours")
	}
	temp, err := v1labhome.NewTemp(v1labhome.ForKernel)
	if err != nil {
		t.Fatal(err)
	}
	defer temp.Remove()
	t.Setenv("TMPDIR", temp.Dir)
	if !v1labhome.InTemp() {
		t.Errorf("%s is not recognised", temp.Dir)
	}
	t.Setenv("TMPDIR", filepath.Join(temp.Dir, "none"))
	if _, err := v1labhome.NewTemp(v1labhome.ForKernel); err == nil || !strings.Contains(err.Error(), "set TMPDIR to a folder that you can write") {
		t.Errorf("no such folder: error %v", err)
	}
}

// TestEnsureFolderMends: a folder that lost something is made anew, once, by two that find it so at the same time.
func TestEnsureFolderMends(t *testing.T) {
	for name, ensure := range map[string]func(context.Context, string, v1labhome.Check, *strings.Builder, func(string) error) error{
		"renamed": func(ctx context.Context, dir string, c v1labhome.Check, w *strings.Builder, f func(string) error) error {
			return v1labhome.EnsureFolder(ctx, dir, c, w, f)
		},
		"in place": func(ctx context.Context, dir string, c v1labhome.Check, w *strings.Builder, f func(string) error) error {
			return v1labhome.EnsureFolderInPlace(ctx, dir, c, w, f)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "thing")
			check := func(dir string) error {
				if _, err := os.Stat(filepath.Join(dir, "a")); err != nil {
					return errors.New("a is gone")
				}
				return nil
			}
			var built atomic.Int32
			make := func(dir string) error {
				built.Add(1)
				time.Sleep(50 * time.Millisecond)
				return errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "a"), nil, 0o644), os.WriteFile(filepath.Join(dir, fmt.Sprint("n", built.Load())), nil, 0o644))
			}
			var log strings.Builder
			if err := ensure(t.Context(), dir, check, &log, make); err != nil || log.Len() > 0 {
				t.Fatalf("%v, %q", err, log.String())
			}
			if err := os.Remove(filepath.Join(dir, "a")); err != nil {
				t.Fatal(err)
			}
			var wait sync.WaitGroup
			var logs [2]strings.Builder
			for i := range logs {
				wait.Go(func() {
					if err := ensure(t.Context(), dir, check, &logs[i], make); err != nil {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			both := logs[0].String() + logs[1].String()
			if built.Load() != 2 || strings.Count(both, dir+" is damaged (a is gone): making it again\n") != 1 {
				t.Errorf("built %d times: %s", built.Load(), both)
			}
			if _, err := os.Stat(filepath.Join(dir, "n1")); err == nil {
				t.Error("the damaged folder's files are still there")
			}
			if left, err := filepath.Glob(dir + ".tmp-*"); err != nil || len(left) > 0 {
				t.Errorf("left %v, %v", left, err)
			}
		})
	}
}
