package jupyter

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"v1lab/kernels"
	"v1lab/kernels/v1labhome"
)

//go:embed probe.py
var probeScript string

// Probed is the result of a test cell.
type Probed struct {
	Start, Cell time.Duration // until the kernel was ready, and of the cell
	Output      string        // what the cell wrote
}

// Probe starts a kernel as for a notebook, runs one cell in it and stops it. It prepares nothing: whatever is missing is an
// error. binary is the v1lab binary that Jupyter calls, by default the running program; limit applies to the start and to the cell.
func Probe(ctx context.Context, binary, cell string, limit time.Duration) (Probed, error) {
	s, err := start(ctx, v1labhome.ForProbe, binary, io.Discard)
	if err != nil {
		return Probed{}, err
	}
	defer s.close()
	job, err := json.Marshal(map[string]any{"kernel": kernels.Name, "code": cell, "timeout": limit.Seconds()})
	if err != nil {
		return Probed{}, fmt.Errorf("cell: %w", err)
	}
	cmd := exec.CommandContext(ctx, s.python, "-I", "-c", probeScript)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) } // it stops the kernel
	cmd.WaitDelay = 10 * time.Second
	cmd.Env, cmd.Dir = v1labhome.Environ(s.env, map[string]string{kernels.HeadlessEnv: "1"}), s.root
	cmd.Stdin = bytes.NewReader(append(job, '\n'))
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	if err := cmd.Run(); err != nil {
		return Probed{}, fmt.Errorf("kernel: Jupyter failed (%w): %s", err, lastLine(messages.String()))
	}
	var found struct {
		Start, Cell    float64
		Status, Output string
	}
	if err := json.Unmarshal(out.Bytes(), &found); err != nil {
		return Probed{}, fmt.Errorf("kernel: Jupyter's answer: %w", err)
	}
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	p := Probed{seconds(found.Start), seconds(found.Cell), strings.TrimSpace(found.Output)}
	switch found.Status {
	case "ok":
		return p, nil
	case "not started":
		log, _ := kernels.LogFile() //nolint:errcheck // the session found it
		return p, fmt.Errorf("the kernel does not start: %s; its log is %s", lastLine(p.Output), log)
	}
	return p, fmt.Errorf("the kernel starts, but a cell fails: %s", lastLine(p.Output))
}
