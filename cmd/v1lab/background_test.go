package main

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"v1lab/kernels/background"
	"v1lab/kernels/v1labhome"
)

// A fit in the background says how to follow it; who follows it may leave, and it ends as any other.
func TestFitInTheBackground(t *testing.T) {
	t.Setenv(v1labhome.Env, t.TempDir()) // its notes of fits
	asItself(t)
	before := ownProgram
	t.Cleanup(func() { ownProgram = before })
	ownProgram = func(context.Context, io.Writer) (string, error) { return os.Executable() }
	run := filepath.Join(t.TempDir(), "run")
	args := []string{"fit", "--data", recording, "--config", config(), "--set", "fit.max_steps=1000000", "--set", "fit.patience=1000000", "--backend", "go", "--out", run}
	if said := works(t, append(args, "--background")...); !strings.HasPrefix(said, run+": process ") || !strings.HasSuffix(said, " fits in the background; to see it: v1lab fit --follow --out "+run+"\n") {
		t.Errorf("said %q", said)
	}
	f, err := background.Find(run)
	for ; f == nil && err == nil; f, err = background.Find(run) {
		if log, err := os.ReadFile(filepath.Join(run, "fit.log")); err != nil || strings.Contains(string(log), "v1lab fit: ") {
			t.Fatalf("it ended: %s (%v)", log, err)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if pid := f.PID(); pid > 0 { // a test that failed
			_ = syscall.Kill(pid, syscall.SIGKILL) //nolint:errcheck // ended meanwhile
		}
	})
	fails(t, failed, append(args, "--background", "--resume"), "a fit is under way there (process ", "v1lab fit --follow --out "+run)

	p := start(t, "fit", "--follow", "--out", run)
	p.Until(t, "step ")
	p.Signal(t, os.Interrupt)
	if state := p.End(t); !state.Success() || !strings.Contains(p.Said(), "the fit goes on in process ") {
		t.Errorf("%v: %s", state, p.Said())
	}

	p = start(t, "fit", "--follow", "--out", run)
	p.Until(t, "step ")
	if err := f.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if state := p.End(t); state.ExitCode() != failed || !strings.Contains(p.Said(), "v1lab fit: interrupted at step ") || !strings.HasSuffix(p.Said(), "to go on: v1lab fit --resume --out "+run+"\n") {
		t.Errorf("%v: %s", state, p.Said())
	}
	fails(t, failed, []string{"fit", "--follow", "--out", run}, "no fit is under way in "+run)
	fails(t, failed, []string{"fit", "--follow", "--out", run + "x"}, "--follow", "no config.yaml there")
	if over := fittedRun(t); works(t, "fit", "--follow", "--out", over) != works(t, "fit", "--resume", "--out", over) {
		t.Error("a fit that is over shows otherwise")
	}
}
