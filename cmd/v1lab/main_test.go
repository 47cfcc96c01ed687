package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gomlx/compute"

	"v1lab/cmd/v1labtest"
	"v1lab/datasets/array"
	"v1lab/datasets/durable"
	"v1lab/datasets/durable/faulty"
	"v1lab/kernels/pjrt"
	"v1lab/v1model/runfolder/runfoldertest"
	"v1lab/v1model/tracking"
)

// asProgram makes the test binary behave as v1lab, for tests that send signals to a process of their own.
const asProgram = "V1LAB_TEST_AS_PROGRAM"

// asItself lets the program start itself: as a worker, as a fit in the background. Short tests start no processes.
func asItself(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes of v1lab")
	}
	t.Setenv(asProgram, "1")
}

// start starts the program as a process of its own.
func start(t *testing.T, args ...string) *v1labtest.Process {
	t.Helper()
	asItself(t)
	return v1labtest.Start(t, os.Args[0], args...)
}

const recording = v1labtest.Recording

var scratch string // a folder for what tests share

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		ownProgram = func(context.Context, io.Writer) (string, error) { return os.Executable() }
		main()
	}
	os.Unsetenv(tracking.URIEnv)   //nolint:errcheck // the tests' fits are nobody's business
	durable.Use(faulty.Unsynced{}) // nothing here outlives the tests
	backends := map[string]compute.Backend{}
	openBackend = func(ctx context.Context, name string, progress io.Writer) (compute.Backend, error) {
		if b, ok := backends[name]; ok {
			return b, nil
		}
		b, err := pjrt.Backend(ctx, name, progress)
		if err == nil {
			backends[name] = b
		}
		return b, err
	}
	os.Exit(func() int {
		var err error
		if scratch, err = os.MkdirTemp("", "v1lab-test-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(scratch) //nolint:errcheck // temporary
		if err := os.WriteFile(config(), []byte(v1labtest.Tiny), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

func config() string { return filepath.Join(scratch, "tiny.yaml") }

// v1lab runs the program in this process.
func v1lab(args ...string) (status int, stdout, stderr string) {
	var out, messages bytes.Buffer
	status = run(context.Background(), args, &out, &messages)
	return status, out.String(), messages.String()
}

// works runs the program, fails the test if it does not end well, and returns the results.
func works(t *testing.T, args ...string) string {
	t.Helper()
	status, stdout, stderr := v1lab(args...)
	if status != done {
		t.Fatalf("v1lab %s: status %d: %s", strings.Join(args, " "), status, stderr)
	}
	return stdout
}

// fails runs the program and expects a status and a single line on standard error that begins with the verb and contains all of parts.
func fails(t *testing.T, want int, args []string, parts ...string) {
	t.Helper()
	status, stdout, stderr := v1lab(args...)
	what := "v1lab " + strings.Join(args, " ")
	if status != want {
		t.Errorf("%s: status %d, want %d (%s)", what, status, want, stderr)
	}
	if stdout != "" {
		t.Errorf("%s: wrote %q to standard output", what, stdout)
	}
	line, ok := strings.CutSuffix(stderr, "\n")
	prefix := "v1lab " + args[0] + ": "
	if args[0] == "bench" && len(args) > 1 && args[1] == "gpu" || args[0] == "data" || args[0] == "kernel" || args[0] == "import" || args[0] == "sweep" {
		prefix = "v1lab " + args[0] + " " + args[1] + ": "
	}
	if !ok || strings.Contains(line, "\n") || !strings.HasPrefix(line, prefix) {
		t.Errorf("%s: standard error %q, want one line that begins with %q", what, stderr, prefix)
	}
	for _, part := range parts {
		if !strings.Contains(line, part) {
			t.Errorf("%s: error %q, want %q in it", what, line, part)
		}
	}
}

var fitOnce = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "fitted")
	if status, _, stderr := v1lab("fit", "--data", recording, "--config", config(), "--out", path); status != done {
		return path, errors.New(stderr)
	}
	return path, nil
})

// fittedRun is a run folder that tests share and leave as it is.
func fittedRun(t *testing.T) string {
	t.Helper()
	path, err := fitOnce()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// copied is a copy of the shared run folder that a test may damage.
func copied(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(path, os.DirFS(fittedRun(t))); err != nil {
		t.Fatal(err)
	}
	runfoldertest.Unseal(t, path)
	return path
}

// keys decodes one line of JSON and returns the object and its sorted keys.
func keys(t *testing.T, text string) (object map[string]any, names []string) {
	t.Helper()
	if strings.Count(text, "\n") != 1 {
		t.Errorf("%q: want one line", text)
	}
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	return object, names
}

func equal(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: found %v, want %v", what, got, want)
	}
}

// arrays writes the raw arrays of a small recording, as change leaves them, to an archive and returns its name.
func arrays(t *testing.T, change func(map[string]array.Array)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "recording.npz")
	works(t, "data", "simulate", recording, "--out", path)
	all, err := array.ReadNPZ(path)
	if err != nil {
		t.Fatal(err)
	}
	change(all)
	if err := array.WriteNPZ(path, all); err != nil {
		t.Fatal(err)
	}
	return path
}

// cut shortens a file to a share of its length.
func cut(t *testing.T, path string, share float64) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(share*float64(info.Size()))); err != nil {
		t.Fatal(err)
	}
}
