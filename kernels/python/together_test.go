package python_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"v1lab/kernels/python"
	"v1lab/kernels/v1labhome"
)

// asSetup makes the test program a setup of the small environment whose requirements it holds.
const asSetup = "V1LAB_TEST_SETUP"

func TestMain(m *testing.M) {
	if requirements := os.Getenv(asSetup); requirements != "" {
		if _, err := small(requirements).Ensure(context.Background(), os.Stderr); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func small(requirements string) python.Environment {
	return python.Environment{Name: "small", Content: "a package", Size: "some bytes", Requirements: python.Requirements(requirements)}
}

// wheel writes a package of one module, which pip finds without a network, and returns the requirements that pin it.
func wheel(t *testing.T) (requirements string) {
	t.Helper()
	const info = "tiny-1.0.dist-info/"
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, file := range [][2]string{{"tiny/__init__.py", "answer = 42\n"}, {info + "METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n"},
		{info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}, {info + "RECORD", "tiny/__init__.py,,\n" + info + "METADATA,,\n" + info + "WHEEL,,\n" + info + "RECORD,,\n"}} {
		f, err := w.Create(file[0])
		if err == nil {
			_, err = f.Write([]byte(file[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "tiny-1.0-py3-none-any.whl"), b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PIP_NO_INDEX", "1")
	t.Setenv("PIP_FIND_LINKS", dir)
	return fmt.Sprintf("tiny==1.0 --hash=sha256:%x\n", sha256.Sum256(b.Bytes()))
}

// setup is a process that sets up.
type setup struct {
	*exec.Cmd
	mu  sync.Mutex
	log bytes.Buffer
}

func (s *setup) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.Write(p)
}

func (s *setup) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log.String()
}

func start(t *testing.T, requirements string) *setup {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := &setup{Cmd: exec.Command(self)}
	s.Env = append(os.Environ(), asSetup+"="+requirements)
	s.Stderr = s
	s.WaitDelay = time.Second // its children have the pipe
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	return s
}

func await(t *testing.T, what string, ready func() bool) {
	t.Helper()
	for begun := time.Now(); !ready(); time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > 2*time.Minute {
			t.Fatal("never: " + what)
		}
	}
}

// TestTwoSetups: of two processes that set up the same environment one is killed half way. The other waits until nothing of the killed one writes
// to the folder any more, then makes all anew. What is lost later is made anew too.
func TestTwoSetups(t *testing.T) {
	if testing.Short() {
		t.Skip("makes Python environments")
	}
	t.Setenv(v1labhome.Env, t.TempDir())
	requirements := wheel(t)
	e := small(requirements)
	dir, err := e.Dir()
	if err != nil {
		t.Fatal(err)
	}
	first := start(t, requirements)
	await(t, "pip in the making", func() bool {
		found, _ := filepath.Glob(filepath.Join(dir, "lib/python3*/site-packages/pip*"))
		return len(found) > 0
	})
	second := start(t, requirements)
	await(t, "a second setup that waits", func() bool {
		return strings.Contains(second.said(), "waiting for another process that is preparing "+dir)
	})
	if v1labhome.Complete(dir) || strings.Contains(second.said(), "installing") {
		t.Fatalf("nothing is half way: %s", second.said())
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait() //nolint:errcheck // it was killed
	if !v1labhome.Preparing(dir) {
		t.Error("the killed setup's child writes, and the folder is free")
	}
	if err := second.Wait(); err != nil {
		t.Fatalf("%v: %s", err, second.said())
	}
	works := func() {
		t.Helper()
		if err := e.Check(dir); err != nil || !v1labhome.Complete(dir) || v1labhome.Preparing(dir) {
			t.Errorf("complete %v, being prepared %v, %v", v1labhome.Complete(dir), v1labhome.Preparing(dir), err)
		}
		if out, err := exec.Command(python.Executable(dir), "-I", "-c", "import tiny; print(tiny.answer)").CombinedOutput(); err != nil || string(out) != "42\n" {
			t.Errorf("%v: %s", err, out)
		}
	}
	works()
	var log strings.Builder
	if _, err := e.Ensure(t.Context(), &log); err != nil || log.Len() > 0 {
		t.Errorf("all is there: %v, %q", err, log.String())
	}
	found, err := filepath.Glob(filepath.Join(dir, "lib/python3*/site-packages/tiny"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	if err := os.RemoveAll(found[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Ensure(t.Context(), &log); err != nil || !strings.Contains(log.String(), "is damaged (file "+found[0]) {
		t.Errorf("a package is gone: %v, %q", err, log.String())
	}
	works()
}
