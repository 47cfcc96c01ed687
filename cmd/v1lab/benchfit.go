package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"v1lab/kernels/pjrt/execache"
	"v1lab/v1model/experiments/bench"
)

// measureStart measures the time from the start of v1lab fit to its first training step, once with nothing compiled and once with compiled programs on disk.
func (c *benchCmd) measureStart(ctx context.Context, a *app) ([]bench.Row, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("bench: %w", err)
	}
	command := []string{self, "fit", "--data", c.Data, "--config", c.config()}
	for _, s := range c.Set {
		command = append(command, "--set", s)
	}
	if a.backend != "" {
		command = append(command, "--backend", a.backend)
	}
	a.sayf("v1lab fit to its first step, %d rounds", c.Rounds)
	var rows []bench.Row
	for _, m := range []struct {
		wait bench.Wait
		env  []string
	}{{bench.WaitCompiled, []string{execache.Env + "=1"}}, {bench.WaitFit, nil}} {
		var seconds []float64
		for range c.Rounds + 1 {
			s, err := toFirstStep(ctx, command, m.env)
			if err != nil {
				return nil, err
			}
			seconds = append(seconds, s)
		}
		row, err := m.wait.Row(seconds)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// toFirstStep starts a fit, stops it after its first training step and returns the seconds until then.
func toFirstStep(ctx context.Context, command, env []string) (float64, error) {
	dir, err := os.MkdirTemp("", "v1lab-begin-")
	if err != nil {
		return 0, fmt.Errorf("temporary folder: %w", err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], "--out", filepath.Join(dir, "run"))...)
	cmd.Env = append(os.Environ(), env...)
	lines, err := cmd.StderrPipe()
	if err != nil {
		return 0, fmt.Errorf("v1lab fit: %w", err)
	}
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("v1lab fit: %w", err)
	}
	took, last := 0.0, ""
	for scanner := bufio.NewScanner(lines); scanner.Scan(); {
		last = scanner.Text()
		if took == 0 && strings.HasPrefix(last, firstStep) {
			took = time.Since(begun).Seconds()
			_ = cmd.Process.Signal(syscall.SIGINT) //nolint:errcheck // ended meanwhile
		}
	}
	if err := cmd.Wait(); took == 0 {
		return 0, fmt.Errorf("v1lab fit ended before its first step (%v): %s", err, last)
	}
	return took, nil
}
