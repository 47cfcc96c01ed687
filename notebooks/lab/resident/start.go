package resident

import (
	"context"
	"fmt"
	"hash/fnv"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"v1lab/kernels/program"
	"v1lab/kernels/v1labhome"
)

// Verb is the verb of v1lab that is the engine.
const Verb = "engine"

// files is how the names of the files begin that engines of this kernel have: in the temporary folder, which the kernels of one Jupyter may share.
func files() string { return filepath.Join(os.TempDir(), fmt.Sprintf("engine-%d", os.Getppid())) }

// Ends of their names. A socket has the name of its engine before its own.
const (
	ofSocket = ".sock"
	ofLog    = ".log"
	ofLock   = ".lock"
)

// because quotes the engine's last message.
func because() string {
	content, err := os.ReadFile(files() + ofLog)
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	why := lines[len(lines)-1]
	for _, line := range lines {
		if strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ") || strings.HasPrefix(line, "SIG") {
			why = line
			break
		}
	}
	if err != nil || why == "" {
		return ""
	}
	return " (" + why + ")"
}

// connect connects to the engine of this kernel, for these sources and this environment, and starts it if it does not run.
func connect(ctx context.Context, w Watch) (*Conn, error) {
	root, err := v1labhome.Root()
	if err != nil {
		return nil, err
	}
	socket, err := Socket()
	if err != nil {
		return nil, err
	}
	if c, err := dial(socket); err == nil {
		return c, nil
	}
	lock, err := os.OpenFile(files()+ofLock, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	defer lock.Close() //nolint:errcheck // nothing was written
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		return nil, err
	}
	if c, err := dial(socket); err == nil {
		return c, nil
	}
	others, _ := filepath.Glob(files() + "-*" + ofSocket) //nolint:errcheck // at worst an old engine stays until its kernel ends
	for _, other := range others {
		os.Remove(other) //nolint:errcheck // an engine without its socket ends
	}
	program, built, err := program.Ensure(ctx, root, os.Stderr)
	if err != nil {
		return nil, fmt.Errorf("the engine, which computes for cells: %w; V1LAB_ENGINE=off in the kernel's environment computes in the cell's own process", err)
	}
	return start(ctx, program, socketOf(built))
}

// Socket is the path of the socket of an engine for this process: that of its sources and its environment, in the temporary folder.
func Socket() (string, error) {
	root, err := v1labhome.Root()
	if err != nil {
		return "", err
	}
	stamp, err := program.Stamp(root)
	return socketOf(stamp), err
}

func socketOf(stamp string) string { return files() + "-" + name(stamp) + ofSocket }

// RemoveFiles removes what an engine leaves in the kernel's temporary folder.
func RemoveFiles(socket string) {
	names := socket[:max(strings.LastIndexByte(socket, '-'), 0)]
	tickets, _ := filepath.Glob(names + "-*" + ofTicket) //nolint:errcheck // the folder is removed with its kernel
	for _, path := range append(tickets, socket, names+ofLog, names+ofLock) {
		os.Remove(path) //nolint:errcheck // the folder is removed with its kernel
	}
}

// name is that of an engine of sources with a stamp, in this environment.
func name(stamp string) string {
	sum := fnv.New64a()
	fmt.Fprintln(sum, stamp) //nolint:errcheck // a hash takes all
	env := slices.Sorted(slices.Values(os.Environ()))
	for _, kv := range env {
		for _, prefix := range []string{"GOMLX_", "V1LAB_", "PJRT_", "XLA_", "CUDA_", "GODEBUG", "GOMEMLIMIT", "GOMAXPROCS", "OMP_"} {
			if strings.HasPrefix(kv, prefix) && !strings.HasPrefix(kv, "V1LAB_PARAM_") {
				fmt.Fprintln(sum, kv) //nolint:errcheck // a hash takes all
			}
		}
	}
	return strconv.FormatUint(sum.Sum64(), 36)
}

func dial(socket string) (*Conn, error) {
	c, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		return nil, err
	}
	return NewConn(c), nil
}

// patience is how long an engine may take to listen.
const patience = time.Minute

// start starts the engine in a session of its own, which the stop button does not reach: a question is cancelled by its asker.
func start(ctx context.Context, program, socket string) (*Conn, error) {
	log, err := os.OpenFile(files()+ofLog, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close() //nolint:errcheck // the engine has it
	cmd := exec.Command(program, Verb, "--socket", socket, "--kernel", strconv.Itoa(os.Getppid()))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for begun := time.Now(); time.Since(begun) < patience; {
		if c, err := dial(socket); err == nil {
			return c, nil
		}
		select {
		case err := <-ended:
			return nil, &goneError{fmt.Sprintf("does not start: %v%s", err, because())}
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
	return nil, &goneError{"does not listen" + because()}
}
