package v1labtest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Recording is one that compiles and fits in a second or two.
const Recording = "simulated:?neurons=8&images=60&val=30&test=20&repeats=4&height=16&width=16"

// Tiny is a config file for such a fit.
const Tiny = `preset: quickstart
core: {rotations: 4, features: [2, 2, 2], filter_sizes: [5, 3, 3], strides: [1, 1, 1], padding: [same, same, same]}
fit: {batch: 20, validate_every: 5, max_steps: 20}
`

// Process is the program as a process of its own.
type Process struct {
	cmd    *exec.Cmd
	stderr *bufio.Reader
	said   bytes.Buffer
}

// Start starts a program. It is killed at the end of the test at the latest.
func Start(t *testing.T, program string, args ...string) *Process {
	t.Helper()
	return StartCommand(t, exec.Command(program, args...))
}

// StartCommand starts a command whose standard output and environment the caller has set.
func StartCommand(t *testing.T, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{cmd: cmd}
	pipe, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stderr = bufio.NewReader(io.TeeReader(pipe, &p.said))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) //nolint:errcheck // ended already
	return p
}

// Until waits for a line on standard error that begins with text.
func (p *Process) Until(t *testing.T, text string) {
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

// End waits for the end.
func (p *Process) End(t *testing.T) *os.ProcessState {
	t.Helper()
	if _, err := io.Copy(io.Discard, p.stderr); err != nil {
		t.Fatal(err)
	}
	_ = p.cmd.Wait() //nolint:errcheck // the state says it
	return p.cmd.ProcessState
}

// Signal sends a signal to a process that may have ended already.
func (p *Process) Signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
}

// Said is what the program wrote to standard error, as far as Until and End have read it.
func (p *Process) Said() string { return p.said.String() }
