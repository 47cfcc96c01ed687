// Package displaytest runs a program as the kernel runs a cell, but without a kernel, and returns what it displays.
//
// In goes a command that uses package display. Out come its messages, as a notebook shows them, and its printed output.
// It is separate from display so that programs do not link it.
package displaytest

import (
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Shown is the output of a program in a notebook.
type Shown struct {
	Messages       []protocol.DisplayData // an updated message occurs once, with its last content
	Stdout, Stderr string
}

// Run runs a command with the two pipes of a kernel, one for messages and one for answers, and waits until it ends. If the command fails, the error
// contains its standard error, and its output so far is returned too.
func Run(cmd *exec.Cmd) (Shown, error) {
	var shown Shown
	dir, err := os.MkdirTemp("", "v1lab-pipes-")
	if err != nil {
		return shown, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // temporary
	to, back := filepath.Join(dir, "to"), filepath.Join(dir, "back")
	if err := errors.Join(syscall.Mkfifo(to, 0o600), syscall.Mkfifo(back, 0o600)); err != nil {
		return shown, fmt.Errorf("pipes in %s: %w", dir, err)
	}
	// Opening does not wait for the program, which may end before it opens the pipes. Reading ends when the program and we have closed the pipe.
	in, err := os.OpenFile(to, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return shown, err
	}
	defer in.Close() //nolint:errcheck // only read
	end, err := os.OpenFile(to, os.O_WRONLY, 0)
	if err != nil {
		return shown, err
	}
	out, err := os.OpenFile(back, os.O_RDWR, 0)
	if err != nil {
		return shown, errors.Join(err, end.Close())
	}
	defer out.Close() //nolint:errcheck // a pipe
	if cmd.Env == nil {
		cmd.Env = os.Environ()
	}
	cmd.Env = append(cmd.Env, protocol.GONB_PIPE_ENV+"="+to, protocol.GONB_PIPE_BACK_ENV+"="+back)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	talked := make(chan error, 1)
	go func() {
		var err error
		shown.Messages, err = answer(in, out)
		talked <- err
	}()
	err = errors.Join(cmd.Run(), end.Close())
	err = errors.Join(err, <-talked)
	shown.Stdout, shown.Stderr = stdout.String(), stderr.String()
	if err != nil {
		return shown, fmt.Errorf("%w: %s", err, strings.TrimSpace(shown.Stderr))
	}
	return shown, nil
}

// answer reads messages until the pipe ends. It acknowledges each request for synchronisation, as a kernel does.
func answer(in io.Reader, out io.Writer) (messages []protocol.DisplayData, err error) {
	answers, questions := gob.NewEncoder(out), gob.NewDecoder(in)
	for {
		var m protocol.DisplayData
		if err := questions.Decode(&m); errors.Is(err, io.EOF) {
			return messages, nil
		} else if err != nil {
			return messages, fmt.Errorf("message %d: %w", len(messages), err)
		}
		if sync, ok := m.Data[protocol.MIMECommValue].(protocol.CommValue); ok {
			if err := answers.Encode(&protocol.CommValue{Address: protocol.GonbuiSyncAckAddress, Value: sync.Value}); err != nil {
				return messages, err
			}
			continue
		}
		same := func(old protocol.DisplayData) bool { return m.DisplayID != "" && old.DisplayID == m.DisplayID }
		if i := slices.IndexFunc(messages, same); i >= 0 {
			messages[i] = m
			continue
		}
		messages = append(messages, m)
	}
}
