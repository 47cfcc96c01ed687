package kernels

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gomlx/compute"

	"v1lab/kernels/pjrt"
	"v1lab/kernels/tools"
	"v1lab/kernels/v1labhome"
)

// HeadlessEnv is set while a notebook runs without a user: widgets are off, and
// compiler errors are plain text.
const HeadlessEnv = "V1LAB_HEADLESS"

// Run is what the kernel specification calls. It is replaced by gonb, which serves the notebook of
// connectionFile, and returns only if that fails. It downloads and builds something only if
// the tools are missing; messages go to [LogFile].
func Run(ctx context.Context, connectionFile string) error {
	if _, err := os.Stat(connectionFile); err != nil {
		return fmt.Errorf("connection file: %w; this verb is for Jupyter, start notebooks with v1lab lab", err)
	}
	path, err := LogFile()
	if err != nil {
		return err
	}
	if err := v1labhome.MkdirAll(filepath.Dir(path)); err != nil {
		return err
	}
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		_ = os.Rename(path, path+".old") //nolint:errcheck // if that fails, the log keeps growing
	}
	log, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err == nil {
		err = log.Chmod(0o600) // for logs of older versions: only the user may read the output of cells
	}
	if err != nil {
		return fmt.Errorf("kernel log: %w", err)
	}
	fmt.Fprintf(log, "\n%s kernel for %s\n", time.Now().Format(time.DateTime), connectionFile) //nolint:errcheck // a log
	argv, env, err := launch(ctx, connectionFile, log)
	if err != nil {
		fmt.Fprintln(log, err) //nolint:errcheck // a log
		return err
	}
	if err := redirectStderr(log); err != nil {
		return fmt.Errorf("kernel log %s: %w", path, err)
	}
	if v1labhome.InTemp() { // the session removes it
		return become(argv, env)
	}
	_, _ = v1labhome.RemoveLeftovers() //nolint:errcheck // the doctor finds what is left
	temp, err := v1labhome.NewTemp(v1labhome.ForKernel)
	if err != nil {
		return err
	}
	defer temp.Remove()
	// gonb, gopls and cells inherit the lock, so the folder counts as used while one of them is alive.
	if err := inherit(temp.Lock); err != nil {
		return fmt.Errorf("temporary folder %s: %w", temp.Dir, err)
	}
	return become(argv, v1labhome.Environ(env, map[string]string{"TMPDIR": temp.Dir}))
}

// become replaces this program by another.
func become(argv, env []string) error {
	if err := syscall.Exec(argv[0], argv, env); err != nil {
		return fmt.Errorf("%s: %w", argv[0], err)
	}
	return nil
}

// launch returns the command line and environment of gonb.
func launch(ctx context.Context, connectionFile string, progress io.Writer) (argv, env []string, err error) {
	root, err := v1labhome.Root()
	if err != nil {
		return nil, nil, err
	}
	dir, err := tools.Ensure(ctx, root, progress)
	if err != nil {
		return nil, nil, err
	}
	backend, err := pjrt.Config(ctx, "", progress)
	if err != nil {
		return nil, nil, err
	}
	if env, err = tools.Env(ctx, root); err != nil {
		return nil, nil, err
	}
	env = v1labhome.Environ(env, map[string]string{compute.ConfigEnvVar: backend})
	argv = []string{filepath.Join(dir, "gonb"), "--kernel", connectionFile, "-go_work=" + root, "-logtostderr=true"}
	if os.Getenv(HeadlessEnv) != "" {
		argv = append(argv, "-raw_error")
	}
	return argv, env, nil
}

// maxLog is the size, in bytes, at which the log is renamed and a new one started.
const maxLog = 4 << 20

// LogFile returns the path of the file to which kernels write their messages.
func LogFile() (string, error) {
	dir, err := v1labhome.Dir()
	return filepath.Join(dir, "log", "kernel.log"), err
}
