package engine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"v1lab/datasets"
	"v1lab/notebooks/lab/answers"
	"v1lab/notebooks/lab/exact"
	"v1lab/notebooks/lab/resident"
	"v1lab/v1model/fitted"
	"v1lab/v1model/insilico"
)

// lookAround is how often the engine looks whether it is still wanted.
const lookAround = 100 * time.Millisecond

// Serve answers questions, on the device, over the socket at a path, one after the other, until ctx ends, the process kernel ends or the socket is removed. It makes the
// socket, which only the user can reach, and removes it at the end.
func Serve(ctx context.Context, device fitted.Device, socket string, kernel int) error {
	before := syscall.Umask(0o177)
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	syscall.Umask(before)
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	of := processOf(kernel)
	go func() {
		for ctx.Err() == nil && of.lives() && exists(socket) {
			time.Sleep(lookAround)
		}
		stop()
	}()
	defer func() {
		if !of.lives() {
			resident.RemoveFiles(socket)
		}
	}()
	context.AfterFunc(ctx, func() { listener.Close() }) //nolint:errcheck // Accept returns
	s := &server{runs: newRuns(device)}
	var serving sync.WaitGroup
	for {
		c, err := listener.AcceptUnix()
		if err != nil {
			stop()
			ended := make(chan struct{})
			go func() { serving.Wait(); close(ended) }()
			select {
			case <-ended:
			case <-time.After(toEnd):
			}
			if errors.Is(err, net.ErrClosed) {
				return nil
			}
			return fmt.Errorf("engine: %w", err)
		}
		serving.Go(func() { s.serve(ctx, resident.NewConn(c)) })
	}
}

// toEnd is how long work may take to store what it has when the engine ends.
const toEnd = 8 * time.Second

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// process is one that the engine must not outlive.
type process struct {
	pid int
	exe string // of another process that has the number later, it is another
}

func processOf(pid int) process {
	exe, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)) //nolint:errcheck // without /proc the number must do
	return process{pid, exe}
}

func (p process) lives() bool {
	if p.pid > 1 && syscall.Kill(p.pid, 0) == nil {
		return processOf(p.pid).exe == p.exe
	}
	return false
}

// server answers one question at a time.
type server struct {
	turn sync.Mutex
	runs *runs
}

// serve answers the question of one connection.
func (s *server) serve(ctx context.Context, c *resident.Conn) {
	defer c.Close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	request, with, err := asked(c)
	if err != nil {
		return // the cell has ended
	}
	go func() { // whatever comes next, or an end, cancels
		c.Receive() //nolint:errcheck // as it says
		cancel()
	}()
	s.turn.Lock()
	defer s.turn.Unlock()
	if ctx.Err() != nil {
		return
	}
	if err := s.answer(ctx, c, request, with); err != nil {
		resident.SendValue(c, resident.Fails, resident.Failure{Text: err.Error(), Canceled: errors.Is(err, context.Canceled)}) //nolint:errcheck // the cell has ended
	}
}

func asked(c *resident.Conn) (request resident.Request, with exact.Message, err error) {
	_, m, err := c.Receive()
	if err != nil {
		return request, with, err
	}
	if request, err = exact.Decode[resident.Request](m); err != nil {
		return request, with, err
	}
	_, with, err = c.Receive()
	return request, with, err
}

// answer answers a question. A panic is an error, and the engine lives on.
func (s *server) answer(ctx context.Context, c *resident.Conn, r resident.Request, with exact.Message) (err error) {
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(os.Stderr, "question %s: panic: %v\n%s", r.Name, p, debug.Stack()) //nolint:errcheck // a log
			err = fmt.Errorf("engine: question %s: %v", r.Name, p)
		}
	}()
	if err := os.Chdir(r.Dir); err != nil {
		return err
	}
	about := answers.Asked{Progress: func(p insilico.Progress) {
		resident.SendValue(c, resident.Proceeds, p) //nolint:errcheck // a cell that has ended cancels
	}}
	var run *opened
	if r.Path != "" {
		if run, err = s.runs.open(ctx, r); err != nil {
			return err
		}
		run.Refresh()
		about.Run, about.Recordings = run.Run, run.recordings
	}
	found, encode, err := answers.ToMessage(ctx, r.Name, about, with)
	if run != nil {
		for _, text := range run.warnings {
			resident.SendValue(c, resident.Warns, text) //nolint:errcheck // the answer fails too
		}
	}
	if err != nil {
		return err
	}
	defer s.runs.bound()
	if d, ok := found.(*datasets.Dataset); ok {
		if run != nil {
			run.data = d
		}
		shared, err := s.runs.share(d, encode)
		if err != nil {
			return err
		}
		return c.SendShared(shared)
	}
	m, err := encode()
	if err != nil {
		return fmt.Errorf("engine: question %s: %w", r.Name, err)
	}
	return c.Send(resident.Answers, m)
}
