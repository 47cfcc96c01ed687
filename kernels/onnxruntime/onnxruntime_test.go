package onnxruntime_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"v1lab/kernels/onnxruntime"
	"v1lab/kernels/v1labhome"
)

// installed makes a home folder that holds the library and returns both.
func installed() (dir, library string, err error) {
	if dir, err = os.MkdirTemp("", "home"); err != nil {
		return "", "", err
	}
	library = filepath.Join(dir, "onnxruntime-1.32.0", "onnxruntime", "capi", "libonnxruntime.so.1.32.0")
	if err := os.MkdirAll(filepath.Dir(library), 0o755); err != nil {
		return "", "", err
	}
	return dir, library, os.WriteFile(library, nil, 0o644)
}

func TestEnsure(t *testing.T) {
	t.Setenv(onnxruntime.Env, "")
	t.Setenv(v1labhome.OfflineEnv, "1")
	dir, library, err := installed()
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	t.Setenv(v1labhome.Env, dir)
	if got, err := onnxruntime.Ensure(t.Context(), io.Discard); err != nil || got != library {
		t.Errorf("found %s, %v, want %s", got, err, library)
	}
	t.Setenv(v1labhome.Env, t.TempDir())
	if _, err := onnxruntime.Ensure(t.Context(), io.Discard); err == nil || !strings.Contains(err.Error(), v1labhome.OfflineEnv) || !strings.Contains(err.Error(), onnxruntime.Env) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line with the mend", err)
	}
	t.Setenv(onnxruntime.Env, library)
	if got, err := onnxruntime.Ensure(t.Context(), io.Discard); err != nil || got != library {
		t.Errorf("found %s, %v, want the user's", got, err)
	}
	t.Setenv(onnxruntime.Env, "/nowhere/lib.so")
	if _, err := onnxruntime.Ensure(t.Context(), io.Discard); err == nil || !strings.Contains(err.Error(), "/nowhere/lib.so does not exist") {
		t.Errorf("error %v", err)
	}
}

func Example() {
	dir, library, err := installed()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	before := os.Getenv(onnxruntime.Env)
	os.Setenv(onnxruntime.Env, library)      //nolint:errcheck // a good name
	defer os.Setenv(onnxruntime.Env, before) //nolint:errcheck // a good name
	path, err := onnxruntime.Ensure(context.Background(), io.Discard)
	fmt.Println(filepath.Base(path), err)
	// Output: libonnxruntime.so.1.32.0 <nil>
}
