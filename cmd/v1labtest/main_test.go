package v1labtest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"v1lab/cmd/v1labtest"
	"v1lab/kernels/v1labhome"
	"v1lab/v1model/tracking"
)

// The statuses with which v1lab ends.
const (
	done     = 0
	failed   = 1
	wrongUse = 2
)

const recording = v1labtest.Recording

var scratch string // a folder for what tests share

func TestMain(m *testing.M) {
	os.Unsetenv(tracking.URIEnv) //nolint:errcheck // the tests' fits are nobody's business
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

var build = sync.OnceValues(func() (string, error) {
	root, err := v1labhome.Root()
	if err != nil {
		return "", err
	}
	path := filepath.Join(scratch, "v1lab")
	cmd := exec.Command("go", "build", "-o", path, "./cmd/v1lab")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w: %s", err, out)
	}
	return path, nil
})

// program is v1lab, built once. Short tests start no processes.
func program(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts processes of v1lab")
	}
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func start(t *testing.T, args ...string) *v1labtest.Process {
	t.Helper()
	return v1labtest.Start(t, program(t), args...)
}

// v1lab runs the program to its end.
func v1lab(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, messages bytes.Buffer
	cmd := exec.Command(program(t), args...)
	cmd.Stdout, cmd.Stderr = &out, &messages
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), messages.String()
}

// works runs the program, fails the test if it does not end well, and returns the results.
func works(t *testing.T, args ...string) string {
	t.Helper()
	status, stdout, stderr := v1lab(t, args...)
	if status != done {
		t.Fatalf("v1lab %s: status %d: %s", strings.Join(args, " "), status, stderr)
	}
	return stdout
}

// fails runs the program and expects a status and one line on standard error that contains all of parts.
func fails(t *testing.T, want int, args []string, parts ...string) {
	t.Helper()
	status, stdout, stderr := v1lab(t, args...)
	if status != want || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "v1lab ") {
		t.Errorf("v1lab %s: status %d, want %d; standard output %q, standard error %q", strings.Join(args, " "), status, want, stdout, stderr)
	}
	for _, part := range parts {
		if !strings.Contains(stderr, part) {
			t.Errorf("v1lab %s: error %q, want %q in it", strings.Join(args, " "), stderr, part)
		}
	}
}

// keys decodes one line of JSON and returns the object and its sorted keys.
func keys(t *testing.T, text string) (object map[string]any, names []string) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &object); err != nil || strings.Count(text, "\n") != 1 {
		t.Fatalf("%q: %v, want one line", text, err)
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
