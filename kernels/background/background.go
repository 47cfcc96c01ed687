package background

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"
	"golang.org/x/sys/unix"

	"v1lab/datasets/durable"
	"v1lab/kernels"
	"v1lab/kernels/program"
	"v1lab/kernels/v1labhome"
	"v1lab/v1model/runfolder"
)

// Program returns the v1lab program to run fits with: the running program if it is v1lab; otherwise, as in a notebook cell, one built from the
// checkout, so that cell and fit agree. It is kept in V1LAB_HOME/bin; if nothing has changed, this takes a second.
func Program(ctx context.Context, progress io.Writer) (string, error) {
	if self, ok := kernels.Self(); ok {
		return self, nil
	}
	root, err := v1labhome.Root()
	if err != nil {
		return "", err
	}
	path, _, err := program.Ensure(ctx, root, progress)
	if err != nil {
		return "", fmt.Errorf("for fits in the background: %w", err)
	}
	return path, nil
}

// Fit is a fit in the background, identified by its run folder.
type Fit struct {
	Path  string
	since time.Time     // when it was started, or found
	cmd   *exec.Cmd     // nil if another process started it
	ended chan struct{} // closed when cmd has ended
}

// Find returns the fit that is running in a run folder, whoever started it, or nil if there is none.
func Find(path string) (*Fit, error) {
	w, writing, err := runfolder.WriterOf(path)
	if err != nil || !writing {
		return nil, err
	}
	return &Fit{Path: path, since: w.Since}, nil
}

// Start runs "program args..." as a process that survives this one: it has its own session, writes to the run folder's fit.log instead of a
// terminal, and inherits no open files. args are those of v1lab fit for the run folder at path.
func Start(path, program string, args ...string) (*Fit, error) {
	if err := durable.MkdirAll(path, 0o777); err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	log, err := os.OpenFile(filepath.Join(path, runfolder.LogFile), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o666)
	if err != nil {
		return nil, fmt.Errorf("run folder: %w", err)
	}
	defer log.Close() //nolint:errcheck // the child's
	f := &Fit{Path: path, since: time.Now(), ended: make(chan struct{})}
	_ = remember(path) //nolint:errcheck // without it only the doctor's report is incomplete
	if f.cmd, err = launch(log, f.since, childEnv(), program, args...); err != nil {
		return nil, fmt.Errorf("fit in the background: %w", err)
	}
	go func() {
		_ = f.cmd.Wait() //nolint:errcheck // its log and folder tell how it ended
		close(f.ended)
	}()
	return f, nil
}

// launch starts a process with a session of its own that writes to a log, after a line with its arguments.
func launch(log *os.File, now time.Time, env []string, program string, args ...string) (*exec.Cmd, error) {
	if _, err := fmt.Fprintf(log, "%s%s: v1lab %s\n", head, now.Format(time.DateTime), strings.Join(args, " ")); err != nil {
		return nil, err
	}
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	closeOnExec()
	return cmd, cmd.Start()
}

// head begins the log line that precedes the messages of a process.
const head = "--- "

// childEnv returns the environment without what belongs to a notebook cell: its pipes, and a temporary folder that its kernel will remove.
func childEnv() []string {
	env := v1labhome.Environ(os.Environ(), nil, protocol.GONB_PIPE_ENV, protocol.GONB_PIPE_BACK_ENV)
	if v1labhome.InTemp() {
		env = v1labhome.Environ(env, map[string]string{"TMPDIR": filepath.Dir(os.TempDir())})
	}
	return env
}

// closeOnExec prevents a child from inheriting what this process inherited, such as the lock on its kernel's temporary folder.
func closeOnExec() {
	const most = 256
	for fd := 3; fd < most; fd++ {
		unix.CloseOnExec(fd)
	}
}

// starting reports whether the process that Start started is alive. It takes a while until that process locks the folder.
func (f *Fit) starting() bool {
	if f.cmd == nil {
		return false
	}
	select {
	case <-f.ended:
		return false
	default:
		return true
	}
}

// PID returns the process id of the fit, 0 if it has ended.
func (f *Fit) PID() int {
	if f.starting() {
		return f.cmd.Process.Pid
	}
	if w, writing, err := runfolder.WriterOf(f.Path); err == nil && writing {
		return w.PID
	}
	return 0
}

// Stop asks the fit to save and end, as Ctrl-C does, and waits for that until ctx ends. It returns no error if the fit saved its state or had
// already ended.
func (f *Fit) Stop(ctx context.Context) error {
	w, writing, err := runfolder.WriterOf(f.Path)
	if err != nil {
		return err
	}
	switch {
	case writing && w.IsLocal():
		err = syscall.Kill(w.PID, syscall.SIGINT)
	case writing:
		return fmt.Errorf("run folder %s: the fit (%v) is not a process of this machine; stop it there", f.Path, w)
	case f.starting():
		err = f.cmd.Process.Signal(os.Interrupt)
	}
	if err != nil && !errors.Is(err, syscall.ESRCH) && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("fit in %s, process %d: %w", f.Path, w.PID, err)
	}
	_, err = f.Follow(ctx, nil)
	var e *Ended
	if errors.As(err, &e) && e.Saved {
		return nil
	}
	return err
}
