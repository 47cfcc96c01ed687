package kernels

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gomlx/compute"

	"v1lab/kernels/pjrt"
	"v1lab/kernels/program"
	"v1lab/kernels/tools"
	"v1lab/kernels/v1labhome"
	"v1lab/v1model/version"
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
	log, err := openLog()
	if err != nil { // nothing about a log stops a kernel
		fmt.Fprintln(os.Stderr, err) //nolint:errcheck // nobody to tell
		log = os.Stderr
	}
	fmt.Fprintf(log, "\n%s kernel for %s\n", time.Now().Format(time.DateTime), connectionFile) //nolint:errcheck // a log
	argv, env, err := launch(ctx, connectionFile, log)
	if err != nil {
		fmt.Fprintln(log, err) //nolint:errcheck // a log
		return err
	}
	if err := redirectStderr(log); err != nil {
		fmt.Fprintf(os.Stderr, "kernel log %s: %v\n", log.Name(), err) //nolint:errcheck // nobody to tell
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
	if err := program.CheckEngine(); err != nil {
		return nil, nil, err
	}
	root, err := v1labhome.Root()
	if err != nil {
		return nil, nil, err
	}
	fmt.Fprintf(progress, "packages of the checkout %s\n", root) //nolint:errcheck // a log
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
	imports, err := tools.Imports(root)
	if err != nil { // of a broken notebook: help knows fewer packages
		fmt.Fprintln(progress, err) //nolint:errcheck // a log
	}
	env = v1labhome.Environ(env, map[string]string{compute.ConfigEnvVar: backend, "V1LAB_IMPORTS": strings.Join(imports, " "), "V1LAB_VERSION": version.String()})
	argv = []string{filepath.Join(dir, "gonb"), "--kernel", connectionFile, "-go_work=" + root, "-logtostderr=true"}
	if os.Getenv(HeadlessEnv) != "" {
		argv = append(argv, "-raw_error")
	}
	return argv, env, nil
}

// maxLog is the size, in bytes, at which the log is renamed and a new one started.
const maxLog = 4 << 20

// LogFile returns the path of the file to which this user's kernels write their messages. Several users may share a V1LAB_HOME.
func LogFile() (string, error) {
	dir, err := v1labhome.Dir()
	return filepath.Join(dir, "log", fmt.Sprintf("kernel-%d.log", os.Getuid())), err
}

// openLog opens the log, which only the user may read: it has the output of cells.
func openLog() (*os.File, error) {
	path, err := LogFile()
	if err != nil {
		return nil, err
	}
	if err := v1labhome.MkdirAll(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		_ = os.Rename(path, path+".old") //nolint:errcheck // if that fails, the log keeps growing
	}
	// In a folder that others may write, the name may be theirs, or a link to another file of the user's.
	log, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, fmt.Errorf("kernel log: %w", err)
	}
	if err := log.Chmod(0o600); err != nil { // it fails for the file of another user
		log.Close() //nolint:errcheck // nothing was written
		return nil, fmt.Errorf("kernel log: %w", err)
	}
	return log, nil
}
