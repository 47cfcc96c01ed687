package python

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"v1lab/kernels/v1labhome"
)

// Env is the variable that selects the interpreter; the default is the first suitable one in PATH.
const Env = "V1LAB_PYTHON"

// MinMinor is the oldest minor version of Python 3 that the pinned packages support.
const MinMinor = 10

// Interpreter is a Python 3 that is new enough.
type Interpreter struct {
	Path    string // absolute
	Version string // for example "3.11.7"
}

// Find returns $V1LAB_PYTHON, or the first of python3, python3.13 ... python3.10, python in PATH
// that is at least 3.10. The error names what was found instead.
func Find(ctx context.Context) (Interpreter, error) {
	if name := os.Getenv(Env); name != "" {
		py, err := probe(ctx, name)
		if err != nil {
			return Interpreter{}, fmt.Errorf("%s=%s: %w; accepted is Python 3.%d or newer", Env, name, err, MinMinor)
		}
		return py, nil
	}
	var found []string
	for _, name := range []string{"python3", "python3.13", "python3.12", "python3.11", "python3.10", "python"} {
		if _, err := exec.LookPath(name); err != nil {
			continue
		}
		py, err := probe(ctx, name)
		if err == nil {
			return py, nil
		}
		found = append(found, name+": "+err.Error())
	}
	if len(found) == 0 {
		found = []string{"none in PATH"}
	}
	return Interpreter{}, fmt.Errorf("python 3.%d or newer is needed, found %s: install it with its venv module (Debian, Ubuntu: apt install python3-venv) or set %s",
		MinMinor, strings.Join(found, ", "), Env)
}

func probe(ctx context.Context, name string) (Interpreter, error) {
	const script = `import sys; print(sys.executable); print("%d.%d.%d" % sys.version_info[:3])`
	path, err := exec.LookPath(name)
	if err != nil {
		return Interpreter{}, fmt.Errorf("not found")
	}
	out, err := exec.CommandContext(ctx, path, "-I", "-c", script).Output()
	if err != nil {
		return Interpreter{}, fmt.Errorf("does not run (%w)", err)
	}
	exe, version, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		return Interpreter{}, fmt.Errorf("is no Python (says %q)", version)
	}
	if major != 3 || minor < MinMinor {
		return Interpreter{}, fmt.Errorf("version %s", version)
	}
	if !filepath.IsAbs(exe) {
		exe = path
	}
	return Interpreter{Path: exe, Version: version}, nil
}

// HasModule reports whether the interpreter can import name.
func (p Interpreter) HasModule(ctx context.Context, name string) bool {
	return exec.CommandContext(ctx, p.Path, "-I", "-c", "import "+name).Run() == nil
}

// Library returns the names of the modules of Python's own library.
func (p Interpreter) Library(ctx context.Context) ([]string, error) {
	out, err := exec.CommandContext(ctx, p.Path, "-I", "-c", "import sys; print(*sorted(sys.stdlib_module_names))").Output()
	if err != nil {
		return nil, fmt.Errorf("%s: names of Python's modules: %w", p.Path, err)
	}
	return strings.Fields(string(out)), nil
}

// Venv makes a virtual environment with pip in dir and returns its interpreter.
func (p Interpreter) Venv(ctx context.Context, dir string) (Interpreter, error) {
	exe := filepath.Join(dir, "bin", "python")
	for _, args := range [][]string{{p.Path, "-I", "-m", "venv", "--without-pip", dir}, {exe, "-I", "-m", "ensurepip", "--upgrade", "--default-pip"}} { // venv alone would not say why there is no pip
		cmd := command(ctx, args[0], args[1:]...)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Run(); err != nil {
			if ctx.Err() != nil {
				return Interpreter{}, ctx.Err()
			}
			for _, module := range []string{"venv", "ensurepip"} {
				if !p.HasModule(ctx, module) {
					return Interpreter{}, fmt.Errorf("%s (%s) has no module %s: install it (Debian, Ubuntu: apt install python3-venv) or set %s to another Python", p.Path, p.Version, module, Env)
				}
			}
			return Interpreter{}, fmt.Errorf("%s: %w", strings.Join(args, " "), explain(out.String(), err))
		}
	}
	return Interpreter{Path: exe, Version: p.Version}, nil
}

// command is exec.CommandContext, except that SIGINT ends the child, that pip gets a clean environment, and that the child holds the locks of
// the folders that this process prepares, so that no other process touches them while the child fills them.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = 5 * time.Second
	cmd.ExtraFiles = v1labhome.HeldLocks()
	// Variables that a user may have set for other Pythons would misdirect this one.
	cmd.Env = v1labhome.Environ(os.Environ(), map[string]string{"PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore",
		"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0", "PYTHONUNBUFFERED": "1"},
		"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
	return cmd
}
