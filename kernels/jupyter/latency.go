package jupyter

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"v1lab/kernels"
	"v1lab/kernels/v1labhome"
)

//go:embed latency.py
var latencyScript string

// Latency is how long a user waits for kernels and cells, in seconds, in the order of the rounds.
type Latency struct {
	Start []float64   `json:"start"` // from asking Jupyter for a kernel to its first answer
	Cells [][]float64 `json:"cells"` // of each cell, from sending it to the kernel's being idle again
}

// MeasureLatency starts kernelStarts kernels one after the other, as for a notebook, and runs the lists of cells, one cell after another, in the
// last kernel. It prepares what is missing before. binary is the v1lab binary that Jupyter calls, by default the running program.
func MeasureLatency(ctx context.Context, binary string, cells [][]string, kernelStarts int, progress io.Writer) (Latency, error) {
	s, err := open(ctx, binary, progress)
	if err != nil {
		return Latency{}, err
	}
	defer s.close()
	job, err := json.Marshal(map[string]any{"kernel": kernels.Name, "cells": cells, "starts": kernelStarts})
	if err != nil {
		return Latency{}, fmt.Errorf("cells: %w", err)
	}
	cmd := exec.CommandContext(ctx, s.python, "-I", "-c", latencyScript)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) } // it stops the kernel
	cmd.WaitDelay = 10 * time.Second
	cmd.Env, cmd.Dir = v1labhome.Environ(s.env, map[string]string{kernels.HeadlessEnv: "1"}), s.root
	cmd.Stdin = bytes.NewReader(append(job, '\n'))
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	if err := cmd.Run(); err != nil {
		return Latency{}, fmt.Errorf("kernel: Jupyter failed (%w): %s", err, lastLine(messages.String()))
	}
	var found struct {
		Latency
		Error string
	}
	if err := json.Unmarshal(out.Bytes(), &found); err != nil {
		return Latency{}, fmt.Errorf("kernel: Jupyter's answer: %w", err)
	}
	if found.Error != "" {
		return Latency{}, fmt.Errorf("a cell fails: %s", lastLine(found.Error))
	}
	return found.Latency, nil
}

// servedLimit is how long JupyterLab may take to serve its page.
const servedLimit = 2 * time.Minute

// MeasureServed starts a program that becomes JupyterLab, such as v1lab lab, returns the seconds until it has served its page, and stops it.
// It adds JupyterLab's arguments to command; env is the program's environment.
func MeasureServed(ctx context.Context, command, env []string) (float64, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("a free port: %w", err)
	}
	address := listener.Addr().String()
	_, port, _ := net.SplitHostPort(address) //nolint:errcheck // the listener's
	if err := listener.Close(); err != nil {
		return 0, fmt.Errorf("port %s: %w", port, err)
	}
	secret := make([]byte, 24)
	rand.Read(secret) //nolint:errcheck // it does not fail
	token := hex.EncodeToString(secret)
	command = append(command, "--no-browser", "--allow-root", "--ip=127.0.0.1", "--ServerApp.port_retries=0", "--port="+port)
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = 30 * time.Second
	cmd.Env = v1labhome.Environ(env, map[string]string{"JUPYTER_TOKEN": token}) // not an argument: those are for all to see
	var messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &messages, &messages
	begun := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("%s: %w", command[0], err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			if ctx.Err() != nil {
				return 0, ctx.Err()
			}
			return 0, fmt.Errorf("%s ended before it served a page (%v): %s", command[0], err, lastLine(messages.String()))
		case <-time.After(20 * time.Millisecond):
		}
		served := servedPage(ctx, "http://"+address+"/lab", token)
		took := time.Since(begun)
		if !served && took < servedLimit {
			continue
		}
		_ = cmd.Process.Signal(syscall.SIGINT) //nolint:errcheck // ended meanwhile
		<-ended                                // with whatever status stopping it gives
		if !served {
			return 0, fmt.Errorf("%s serves no page within %s: %s", command[0], servedLimit, lastLine(messages.String()))
		}
		return took.Seconds(), ctx.Err()
	}
}

// servedPage reports whether JupyterLab serves its whole page.
func servedPage(ctx context.Context, url, token string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	request.Header.Set("Authorization", "token "+token)
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer reply.Body.Close() //nolint:errcheck // read only
	page, err := io.ReadAll(reply.Body)
	return err == nil && reply.StatusCode == http.StatusOK && strings.Contains(string(page), "jupyter-config-data")
}
