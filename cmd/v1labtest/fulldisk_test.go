//go:build long && linux

package v1labtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"v1lab/v1model/experiments/sweep"
)

// A disk that fills ends the workers with a line that says so, holds nothing against a draw, and with more room the sweep goes on.
func TestSweepOnDiskThatFills(t *testing.T) {
	disk := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(disk, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=1400k"); err != nil {
		t.Skipf("mounting a small disk: %v; root may", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, 0) }) //nolint:errcheck // it goes with the machine
	out := filepath.Join(disk, "sweep")
	args := sweepArgs(out, "--draws", "20", "--workers", "2")
	p := start(t, args...)
	if state := p.End(t); state.ExitCode() != failed || !strings.Contains(p.Said(), "no space left on device") && !strings.Contains(p.Said(), "disk is full") {
		t.Fatalf("%v: %s", state, p.Said())
	}
	s := sweepState(t, out)
	if s.State == sweep.Finished || s.Count(sweep.Failed) != 0 {
		t.Errorf("%s, %d draws failed", s.State, s.Count(sweep.Failed))
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT, "size=60m"); err != nil {
		t.Fatal(err)
	}
	works(t, args...)
	if s := sweepState(t, out); s.State != sweep.Finished || s.Count(sweep.Done) != 20 {
		t.Errorf("%s, %d draws done", s.State, s.Count(sweep.Done))
	}
}
