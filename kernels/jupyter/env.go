package jupyter

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sync/errgroup"

	"v1lab/kernels"
	"v1lab/kernels/pjrt"
	"v1lab/kernels/python"
	"v1lab/kernels/tools"
	"v1lab/kernels/v1labhome"
)

// requirements pins every package of the environment, for all platforms and Python 3.10 or newer.
// It is resolved from requirements.in, which says how.
//
//go:embed requirements.txt
var requirements string

func environment() python.Environment {
	return python.Environment{
		Name: "jupyter", Content: "JupyterLab", Size: "50 MB, 250 MB on disk", Requirements: python.Requirements(requirements),
		Finish: func(_ context.Context, dir string) error {
			// Only the kernel of this project is offered.
			if err := os.RemoveAll(filepath.Join(dir, "share", "jupyter", "kernels")); err != nil {
				return fmt.Errorf("%s: %w", dir, err)
			}
			return nil
		},
	}
}

// Dir returns the folder of the Python environment; it need not exist yet. Its name changes with
// the requirements.
func Dir() (string, error) { return environment().Dir() }

// Check returns an error that says what is missing from the environment. It takes some tenths of a second.
func Check() error {
	dir, err := Dir()
	if err != nil {
		return err
	}
	return environment().Check(dir)
}

// Verify is [Check], but reads every file and compares it with the hash that was recorded at installation. It takes seconds.
func Verify() error {
	dir, err := Dir()
	if err != nil {
		return err
	}
	return environment().Verify(dir)
}

// Python returns the environment's interpreter, or an error that says what is wrong if the environment is missing or incomplete.
func Python() (string, error) {
	dir, err := Dir()
	if err != nil {
		return "", err
	}
	const makes = "v1lab lab or v1lab notebook makes it"
	path := python.Executable(dir)
	_, missing := os.Stat(dir)
	_, headless := os.Stat(path)
	switch whole := v1labhome.Complete(dir); {
	case whole && headless == nil:
		return path, nil
	case v1labhome.Preparing(dir):
		return "", fmt.Errorf("%w: it prepares the Jupyter environment in %s", ErrPreparing, dir)
	case missing != nil:
		return "", fmt.Errorf("no Jupyter environment in %s: %s", dir, makes)
	case !whole:
		return "", fmt.Errorf("the Jupyter environment in %s is incomplete: %s again", dir, makes)
	}
	return "", fmt.Errorf("the Jupyter environment in %s has no Python in it, or the one that it was made from is gone: %s again", dir, makes)
}

// ErrPreparing is the error while another process makes the environment.
var ErrPreparing = errors.New("a setup is running")

// Ensure prepares everything that a notebook needs and that is missing: the Python environment, the XLA
// plugin, the Go tools and a warm build cache. It writes progress lines; if nothing is missing it
// takes a fraction of a second. An interrupted or damaged setup is made again at the next call, and
// what killed kernels left behind is removed.
func Ensure(ctx context.Context, progress io.Writer) error {
	root, err := v1labhome.Root()
	if err != nil {
		return err
	}
	progress = &lines{w: progress}
	if err := os.MkdirAll(os.TempDir(), 0o755); err != nil {
		return fmt.Errorf("temporary folder: %w", err)
	}
	if removed, err := kernels.Clean(); len(removed) > 0 || err != nil {
		fmt.Fprintf(progress, "removing what killed kernels left: %s\n", strings.Join(removed, ", ")) //nolint:errcheck // progress only
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if _, err := environment().Ensure(ctx, progress); err != nil {
			return fmt.Errorf("the Jupyter environment: %w", err)
		}
		return nil
	})
	group.Go(func() error { _, err := pjrt.Config(ctx, "", progress); return err })
	group.Go(func() error {
		if _, err := tools.Ensure(ctx, root, progress); err != nil {
			return err
		}
		// The cell that imports a broken package will report it.
		if err := tools.Warm(ctx, root, progress); err != nil {
			if ctx.Err() != nil {
				return err
			}
			fmt.Fprintf(progress, "the build cache is not warm: %v\n", err) //nolint:errcheck // progress only
		}
		return nil
	})
	return group.Wait()
}

// session is the private environment of one Jupyter process.
type session struct {
	python string   // interpreter of the environment
	root   string   // checkout
	env    []string // of the Jupyter process and so of its kernels
	dir    string   // temporary folder, removed by close
	temp   *v1labhome.Temp
}

// open prepares what is missing and makes a session. Its only kernel calls binary, by default the running program.
func open(ctx context.Context, binary string, progress io.Writer) (*session, error) {
	if err := Ensure(ctx, progress); err != nil {
		return nil, err
	}
	return start(ctx, v1labhome.ForSession, binary, progress)
}

// start makes a session without preparing what is missing.
func start(ctx context.Context, purpose, binary string, progress io.Writer) (*session, error) {
	s := &session{}
	var err error
	if s.root, err = v1labhome.Root(); err != nil {
		return nil, err
	}
	if s.python, err = Python(); err != nil {
		return nil, err
	}
	if binary == "" {
		var ok bool
		if binary, ok = kernels.Self(); !ok {
			if binary, err = kernels.Binary(ctx, s.root, progress); err != nil {
				return nil, err
			}
		}
	}
	backend, err := pjrt.Config(ctx, "", progress)
	if err != nil {
		return nil, err
	}
	if s.temp, err = v1labhome.NewTemp(purpose); err != nil {
		return nil, err
	}
	s.dir = s.temp.Dir
	data := filepath.Join(s.dir, dataName)
	if _, err := kernels.Install(ctx, s.root, kernels.InstallOptions{Dir: data, Binary: binary}, progress); err != nil {
		s.close()
		return nil, err
	}
	own, err := settings()
	if err != nil {
		s.close()
		return nil, err
	}
	s.env = v1labhome.Environ(own, map[string]string{
		"PATH":                filepath.Dir(s.python) + string(filepath.ListSeparator) + os.Getenv("PATH"),
		"TMPDIR":              s.dir,
		"GOMLX_BACKEND":       backend,
		"JUPYTER_PATH":        data,
		"JUPYTER_RUNTIME_DIR": filepath.Join(s.dir, runtimeName),
	})
	return s, nil
}

// dataName is a session's folder for what Jupyter finds in its path of data: the kernel, and an extension of JupyterLab.
const dataName = "jupyter"

// runtimeName is a session's folder for Jupyter's connection files and files about running servers.
const runtimeName = "runtime"

// settings returns the environment that makes Jupyter keep settings and workspaces, which outlive a session, in V1LAB_HOME.
func settings() ([]string, error) {
	base, err := v1labhome.Dir()
	if err != nil {
		return nil, err
	}
	own := filepath.Join(base, "jupyter")
	return v1labhome.Environ(os.Environ(), map[string]string{
		"JUPYTER_CONFIG_DIR":        filepath.Join(own, "config"),
		"JUPYTER_DATA_DIR":          filepath.Join(own, "data"),
		"JUPYTERLAB_SETTINGS_DIR":   filepath.Join(own, "settings"),
		"JUPYTERLAB_WORKSPACES_DIR": filepath.Join(own, "workspaces"),
		"JUPYTER_PLATFORM_DIRS":     "1",
		"IPYTHONDIR":                filepath.Join(own, "ipython"),
		"PYTHONNOUSERSITE":          "1",
	}, "JUPYTER_CONFIG_PATH", "JUPYTER_PREFER_ENV_PATH", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", kernels.HeadlessEnv), nil
}

func (s *session) close() {
	s.temp.Remove()                       // the doctor finds what is left
	for _, p := range kernels.Orphans() { // a kernel that Jupyter had to kill leaves its gopls
		if strings.Contains(strings.Join(p.Args, " "), s.dir+string(filepath.Separator)) {
			_ = syscall.Kill(p.PID, syscall.SIGTERM) //nolint:errcheck // ended meanwhile
		}
	}
}

// lines lets several goroutines report progress.
type lines struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
