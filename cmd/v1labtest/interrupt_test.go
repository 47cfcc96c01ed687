package v1labtest_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"v1lab/cmd/v1labtest"
	"v1lab/kernels/pjrt/execache"
)

// Ctrl-C, then kill -9, then a progress that nobody reads: the fit ends as if nothing had been.
func TestStoppedFitsEndAsUnbrokenOnes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	whole, broken := filepath.Join(dir, "whole"), filepath.Join(dir, "broken")
	args := []string{"fit", "--data", recording, "--config", config(), "--set", "fit.max_steps=600", "--set", "fit.patience=1000", "--out"}
	works(t, append(args, whole)...)

	p := start(t, append(args, broken)...)
	p.Until(t, "step ")
	p.Signal(t, os.Interrupt)
	if state := p.End(t); state.ExitCode() != failed {
		t.Fatalf("interrupted: %v: %s", state, p.Said())
	}
	lines := strings.Split(strings.TrimSpace(p.Said()), "\n")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "v1lab fit: interrupted at step ") || !strings.HasSuffix(last, "to go on: v1lab fit --resume --out "+broken) {
		t.Errorf("interrupted: last line %q", last)
	}

	p = start(t, "fit", "--resume", "--out", broken)
	p.Until(t, "step ")
	p.Signal(t, syscall.SIGKILL)
	if state := p.End(t); !state.Sys().(syscall.WaitStatus).Signaled() {
		t.Fatalf("killed: %v: %s", state, p.Said())
	}

	unheard(t, append(args, broken, "--resume")...)
	const weights = "best/weights.npz"
	want, err := os.ReadFile(filepath.Join(whole, weights))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(broken, weights))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("stopped twice, the fit ended with other weights than in one go")
	}
}

// What cannot be saved is not waited for: here the program hangs in writing to a pipe that is full.
func TestInterruptWhileWriting(t *testing.T) {
	t.Parallel()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	if err := write.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = write.Write(make([]byte, 4096))
	}
	cmd := exec.Command(program(t), "fit", "--list-presets")
	cmd.Stdout = write
	p := v1labtest.StartCommand(t, cmd)
	write.Close()
	time.Sleep(500 * time.Millisecond)
	p.Signal(t, os.Interrupt)
	if state := p.End(t); state.ExitCode() != failed || p.Said() != "v1lab fit: interrupted\n" {
		t.Errorf("%v, %q", state, p.Said())
	}
}

// Whoever asks a fit to end gets its state saved. Two signals at once are one request: timeout(1) signals its child and then the group.
func TestSignalsSave(t *testing.T) {
	t.Parallel()
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1} {
		if signal.Ignored(s) {
			continue // tests under nohup: programs that it starts do not hear SIGHUP, as is right
		}
		run := filepath.Join(t.TempDir(), "run")
		p := start(t, "fit", "--data", recording, "--config", config(), "--set", "fit.max_steps=1000000", "--set", "fit.patience=1000000", "--out", run)
		p.Until(t, "step ")
		p.Signal(t, s)
		time.Sleep(20 * time.Millisecond)
		p.Signal(t, s)
		if state := p.End(t); state.ExitCode() != failed || !strings.Contains(p.Said(), "the state is saved in "+run) {
			t.Errorf("%v: %v, %q", s, state, p.Said())
		}
		if _, err := os.Stat(filepath.Join(run, "checkpoint", "last.npz")); err != nil {
			t.Errorf("%v: %v", s, err)
		}
	}
}

// A large model compiles for seconds: the second signal does not wait for that.
func TestInterruptTwice(t *testing.T) {
	t.Setenv(execache.Env, "1")
	run := filepath.Join(t.TempDir(), "run")
	p := start(t, "fit", "--data", recording, "--config", "ecker2019-n16", "--set", "fit.batch=60", "--set", "core.features=64,64,64", "--out", run)
	for range 1000 {
		if _, err := os.Stat(filepath.Join(run, "config.yaml")); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(time.Second) // then it compiles
	p.Signal(t, os.Interrupt)
	p.Until(t, "saving; a second Ctrl-C stops at once")
	time.Sleep(1200 * time.Millisecond) // signals within a second are one request
	p.Signal(t, os.Interrupt)
	if state := p.End(t); state.ExitCode() != failed || !strings.HasSuffix(p.Said(), "\nv1lab: stopped\n") {
		t.Errorf("%v, %q", state, p.Said())
	}
}

// unheard runs the program to its good end while nobody reads what it says.
func unheard(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command(program(t), args...)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = writer
	if err := errors.Join(cmd.Start(), reader.Close(), writer.Close()); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("v1lab %v: %v", args, err)
	}
}
