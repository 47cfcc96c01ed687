package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"v1lab/kernels/pjrt/execache"
)

// process is the program as a process of its own.
type process struct {
	cmd    *exec.Cmd
	stderr *bufio.Reader
	said   bytes.Buffer
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	asItself(t)
	p := &process{cmd: exec.Command(os.Args[0], args...)}
	pipe, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stderr = bufio.NewReader(io.TeeReader(pipe, &p.said))
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() }) //nolint:errcheck // ended already
	return p
}

// until waits for a line that begins with text.
func (p *process) until(t *testing.T, text string) {
	t.Helper()
	for {
		line, err := p.stderr.ReadString('\n')
		if strings.HasPrefix(line, text) {
			return
		}
		if err != nil {
			t.Fatalf("ended without a line %q: %s", text, p.said.String())
		}
	}
}

// end waits for the end.
func (p *process) end(t *testing.T) *os.ProcessState {
	t.Helper()
	if _, err := io.Copy(io.Discard, p.stderr); err != nil {
		t.Fatal(err)
	}
	_ = p.cmd.Wait() //nolint:errcheck // the state says it
	return p.cmd.ProcessState
}

func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// Ctrl-C, then kill -9, then a progress that nobody reads: the fit ends as if nothing had been.
func TestStoppedFitsEndAsUnbrokenOnes(t *testing.T) {
	asItself(t)
	dir := t.TempDir()
	whole, broken := filepath.Join(dir, "whole"), filepath.Join(dir, "broken")
	args := []string{"fit", "--data", recording, "--config", config(), "--set", "fit.max_steps=600", "--set", "fit.patience=1000", "--out"}
	works(t, append(args, whole)...)

	p := start(t, append(args, broken)...)
	p.until(t, "step ")
	p.signal(t, os.Interrupt)
	if state := p.end(t); state.ExitCode() != failed {
		t.Fatalf("interrupted: %v: %s", state, p.said.String())
	}
	lines := strings.Split(strings.TrimSpace(p.said.String()), "\n")
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "v1lab fit: interrupted at step ") || !strings.HasSuffix(last, "to go on: v1lab fit --resume --out "+broken) {
		t.Errorf("interrupted: last line %q", last)
	}

	p = start(t, "fit", "--resume", "--out", broken)
	p.until(t, "step ")
	p.signal(t, syscall.SIGKILL)
	if state := p.end(t); !state.Sys().(syscall.WaitStatus).Signaled() {
		t.Fatalf("killed: %v: %s", state, p.said.String())
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
	asItself(t)
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
	p := &process{cmd: exec.Command(os.Args[0], "fit", "--list-presets")}
	p.cmd.Stdout = write
	pipe, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stderr = bufio.NewReader(io.TeeReader(pipe, &p.said))
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() }) //nolint:errcheck // ended already
	write.Close()
	time.Sleep(500 * time.Millisecond)
	p.signal(t, os.Interrupt)
	if state := p.end(t); state.ExitCode() != failed || p.said.String() != "v1lab fit: interrupted\n" {
		t.Errorf("%v, %q", state, p.said.String())
	}
}

// Whoever asks a fit to end gets its state saved. Two signals at once are one request: timeout(1) signals its child and then the group.
func TestSignalsSave(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1} {
		if signal.Ignored(s) {
			continue // tests under nohup: programs that it starts do not hear SIGHUP, as is right
		}
		run := filepath.Join(t.TempDir(), "run")
		p := start(t, "fit", "--data", recording, "--config", config(), "--set", "fit.max_steps=1000000", "--set", "fit.patience=1000000", "--out", run)
		p.until(t, "step ")
		p.signal(t, s)
		time.Sleep(20 * time.Millisecond)
		_ = p.cmd.Process.Signal(s) //nolint:errcheck // it may have ended already
		if state := p.end(t); state.ExitCode() != failed || !strings.Contains(p.said.String(), "the state is saved in "+run) {
			t.Errorf("%v: %v, %q", s, state, p.said.String())
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
	p.signal(t, os.Interrupt)
	p.until(t, "saving; a second Ctrl-C stops at once")
	time.Sleep(oneRequest + 200*time.Millisecond)
	p.signal(t, os.Interrupt)
	if state := p.end(t); state.ExitCode() != failed || !strings.HasSuffix(p.said.String(), "\nv1lab: stopped\n") {
		t.Errorf("%v, %q", state, p.said.String())
	}
}

// unheard runs the program to its good end while nobody reads what it says.
func unheard(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
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
