package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"v1lab/v1model/experiments/sweep"
	"v1lab/v1model/experiments/sweep/queue"
)

// crewEnv is set for workers that v1lab sweep run starts: they end when their standard input does, as it does when their parent is killed.
const crewEnv = "V1LAB_SWEEP_CREW"

// crew is the workers that one command starts.
type crew struct {
	app    *app
	folder *sweep.Folder
	queue  string
}

// run starts workers, starts those anew that are killed, and waits until the sweep is over. When ctx ends it asks them to save and end.
func (c *crew) run(ctx context.Context, workers int) error {
	program, err := ownProgram(ctx, c.app.stderr)
	if err != nil {
		return err
	}
	errs := make([]error, workers)
	var wait sync.WaitGroup
	for i := range workers {
		wait.Go(func() { errs[i] = c.keep(ctx, program, i+1) })
	}
	wait.Wait()
	if ctx.Err() != nil {
		return fmt.Errorf("%w; what the workers did is saved in %s, and the same command goes on", queue.ErrInterrupted, c.folder.Path)
	}
	state, err := sweep.NewReader(c.folder).Read()
	switch {
	case err != nil:
		return err
	case state.State == sweep.Finished:
		return nil
	case c.folder.Stopped():
		return fmt.Errorf("%w; what the workers did is saved in %s, and the same command goes on", queue.ErrStopped, c.folder.Path)
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: the workers ended before the sweep was over; the same command goes on", c.folder.Path)
}

// keep has one worker at work, whatever becomes of its process, until it ends well or fails three times in a row without having done anything for long.
func (c *crew) keep(ctx context.Context, program string, number int) error {
	const most, soon, mostKills = 3, 10 * time.Second, 20
	for failures, kills := 0, 0; ; {
		begun := time.Now()
		last, err := c.once(ctx, program, number)
		var exit *exec.ExitError
		switch {
		case err == nil || ctx.Err() != nil:
			return nil
		case !errors.As(err, &exit):
			return err
		case !exit.Exited(): // killed
			if kills++; time.Since(begun) > soon {
				kills = 0
			}
			if kills == mostKills {
				return fmt.Errorf("worker %d was killed %d times in a row within seconds (%v); with too little memory, --workers takes a smaller number", number, kills, exit)
			}
			c.app.sayf("worker %d was killed (%v); another takes its place", number, exit)
			continue
		}
		if time.Since(begun) > soon {
			failures = 0
		}
		if failures++; failures == most || c.folder.Stopped() {
			return fmt.Errorf("worker %d: %s", number, strings.TrimPrefix(last, "v1lab sweep work: "))
		}
	}
}

// once runs a worker's process to its end and returns the last line that it said.
func (c *crew) once(ctx context.Context, program string, number int) (last string, err error) {
	cmd := exec.Command(program, "sweep", "work", "--out", c.folder.Path)
	cmd.Env = append(os.Environ(), crewEnv+"=1")
	if c.queue != "" { // not as a flag, since it may have a password
		cmd.Env = append(cmd.Env, "V1LAB_SWEEP_QUEUE="+c.queue)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C reaches this process only, which asks the workers once
	alive, err := cmd.StdinPipe()
	if err != nil {
		return "", err
	}
	defer alive.Close() //nolint:errcheck // it tells the worker to end
	said, err := cmd.StderrPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("worker %d: %w", number, err)
	}
	unhook := context.AfterFunc(ctx, func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)                                   //nolint:errcheck // it may have ended
		time.AfterFunc(farewell+2*time.Second, func() { _ = cmd.Process.Kill() }) //nolint:errcheck // likewise
	})
	defer unhook()
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		last = lines.Text()
		c.app.sayf("worker %d: %s", number, last)
	}
	_, _ = io.Copy(io.Discard, said) //nolint:errcheck // a line too long for the scanner
	return last, cmd.Wait()
}
