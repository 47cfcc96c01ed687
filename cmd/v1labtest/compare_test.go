package v1labtest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A comparison by three workers, of which one is killed, prints what one process prints, and its weights are the same to the bit. What was begun by one process
// goes on with several.
func TestCompareByWorkers(t *testing.T) {
	t.Parallel()
	other := filepath.Join(t.TempDir(), "other.yaml")
	text, err := os.ReadFile(config())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, []byte(strings.Replace(string(text), "batch: 20", "batch: 15", 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	args := func(out string, more ...string) []string {
		return append([]string{"compare", "--data", recording, "--presets", config() + "," + other, "--set", "fit.max_steps=120", "--set", "fit.patience=1000", "--json", "--out", out}, more...)
	}
	alone, shared := filepath.Join(t.TempDir(), "all"), filepath.Join(t.TempDir(), "all")
	want := works(t, args(alone, "--seeds", "2")...)
	works(t, args(shared)...)
	p := start(t, args(shared, "--seeds", "2", "--workers", "3")...)
	p.Until(t, "worker ")
	for _, pid := range crewOf(t, shared)[:1] {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Logf("%v: it has ended", err)
		}
	}
	if state := p.End(t); state.ExitCode() != done {
		t.Fatalf("%v: %s", state, p.Said())
	}
	got := works(t, args(shared, "--seeds", "2", "--workers", "3")...)
	seconds := regexp.MustCompile(`"seconds":[^,]*,`)
	plain := func(text, out string) string { return strings.ReplaceAll(seconds.ReplaceAllString(text, ""), out, "") }
	if d := cmp.Diff(plain(want, alone), plain(got, shared)); d != "" {
		t.Errorf("one process (-) and three workers (+) print:\n%s", d)
	}
	if d := cmp.Diff(weights(t, alone), weights(t, shared)); d != "" {
		t.Errorf("weights of one process (-) and of three workers (+):\n%s", d)
	}
	fails(t, wrongUse, args(shared, "--workers", "0"), "--workers 0; accepted: a number from 1")
	fails(t, wrongUse, args(shared, "--queue", "redis://x"), "--queue", "accepted: postgres://")
	fails(t, wrongUse, []string{"study", "--recordings", recording, "--workers", "2", "--out", shared}, "--workers has no effect with --recordings")
}

// weights are those of all run folders in a folder.
func weights(t *testing.T, dir string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*", "best", "weights.npz"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d run folders, %v", len(paths), err)
	}
	all := map[string]string{}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		all[strings.TrimPrefix(p, dir)] = string(text)
	}
	return all
}
