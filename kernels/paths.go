package kernels

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// SearchPath returns the data folders that Jupyter searches for kernels, the first before the last: those of $JUPYTER_PATH; then those of the
// user and of the Python environment, in an order that depends on $JUPYTER_PREFER_ENV_PATH and on the kind of environment; then the
// system's. The environment is the active one, see [EnvPrefix]. The folders need not exist. The rules are those of jupyter_core 5.
func SearchPath(ctx context.Context) ([]string, error) {
	user, err := userDir(runtime.GOOS)
	if err != nil {
		return nil, err
	}
	env := findEnvironment(ctx)
	users := []string{user}
	if env.userBase != "" {
		users = add(users, filepath.Join(env.userBase, "share", "jupyter"))
	}
	system := systemDirs(runtime.GOOS)
	var envs []string
	if env.prefix != "" {
		if dir := filepath.Join(env.prefix, "share", "jupyter"); !slices.Contains(system, dir) {
			envs = []string{dir}
		}
	}
	var dirs []string
	if list := os.Getenv("JUPYTER_PATH"); list != "" {
		dirs = filepath.SplitList(list)
	}
	if env.preferred() {
		dirs = slices.Concat(dirs, envs, users)
	} else {
		dirs = slices.Concat(dirs, users, envs)
	}
	return add(dirs, system...), nil
}

// add appends those of dirs that are not in all yet.
func add(all []string, dirs ...string) []string {
	for _, dir := range dirs {
		if !slices.Contains(all, dir) {
			all = append(all, dir)
		}
	}
	return all
}

// EnvPrefix returns the prefix of the active Python environment: a virtual environment, conda, or otherwise that of the Python
// next to the jupyter command, or of python3, in PATH.
func EnvPrefix(ctx context.Context) (string, error) {
	if env := findEnvironment(ctx); env.prefix != "" {
		return env.prefix, nil
	}
	return "", errors.New("no Python environment is active ($VIRTUAL_ENV, $CONDA_PREFIX) and no python3 is in PATH: activate one, or give --prefix")
}

// environment holds what Jupyter's search path depends on in a Python environment.
type environment struct {
	prefix, base string // sys.prefix and sys.base_prefix, which differ in a virtual environment
	userBase     string // site.getuserbase(), "" if Python does not use it
}

// findEnvironment asks the Python of the active environment, or falls back to the variables that activation sets.
func findEnvironment(ctx context.Context) environment {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	active := os.Getenv("VIRTUAL_ENV")
	if active == "" {
		active = os.Getenv("CONDA_PREFIX")
	}
	var pythons []string
	if active != "" {
		pythons = append(pythons, filepath.Join(active, "bin", "python"))
	} else {
		if jupyter, err := exec.LookPath("jupyter"); err == nil {
			if real, err := filepath.EvalSymlinks(jupyter); err == nil {
				pythons = append(pythons, filepath.Join(filepath.Dir(real), "python"), filepath.Join(filepath.Dir(real), "python3"))
			}
		}
		pythons = append(pythons, "python3", "python")
	}
	const script = "import sys, site; print(sys.prefix); print(sys.base_prefix); print(site.getuserbase() or '' if site.ENABLE_USER_SITE else '')"
	for _, python := range pythons {
		cmd := exec.CommandContext(ctx, python, "-c", script)
		cmd.Dir = "/" // not the user's folder, whose files Python would import; -I would leave out the user's packages, too
		out, err := cmd.Output()
		if lines := strings.Split(string(out), "\n"); err == nil && len(lines) == 4 {
			return environment{prefix: lines[0], base: lines[1], userBase: lines[2]}
		}
	}
	return environment{prefix: active}
}

// preferred reports whether Jupyter searches the environment's folders before the user's.
func (e environment) preferred() bool {
	if value, set := os.LookupEnv("JUPYTER_PREFER_ENV_PATH"); set {
		return truth(value)
	}
	conda := os.Getenv("CONDA_PREFIX")
	virtual := e.prefix != e.base ||
		conda != "" && strings.HasPrefix(e.prefix, conda) && !slices.Contains([]string{"", "base"}, os.Getenv("CONDA_DEFAULT_ENV"))
	return virtual && owned(e.prefix)
}

// truth interprets a variable that switches something on as Jupyter does.
func truth(value string) bool {
	return !slices.Contains([]string{"no", "n", "false", "off", "0", "0.0"}, strings.ToLower(value))
}

// owned reports whether this user owns a folder, or its nearest existing parent.
func owned(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err == nil {
			stat, ok := info.Sys().(*syscall.Stat_t)
			return ok && int(stat.Uid) == os.Geteuid()
		}
		if dir == filepath.Dir(dir) {
			return false
		}
		dir = filepath.Dir(dir)
	}
}

// platformDirs reports whether Jupyter is told to follow the platform's conventions.
func platformDirs() bool {
	value, set := os.LookupEnv("JUPYTER_PLATFORM_DIRS")
	return set && truth(value)
}

// userDir returns the user's Jupyter data folder on an operating system.
func userDir(goos string) (string, error) {
	if dir := os.Getenv("JUPYTER_DATA_DIR"); dir != "" {
		return dir, nil
	}
	user, err := homeDir()
	if err != nil {
		return "", fmt.Errorf("user's Jupyter folder: %w; give --prefix", err)
	}
	xdg := os.Getenv("XDG_DATA_HOME")
	if goos == "darwin" {
		if platformDirs() && xdg != "" {
			return filepath.Join(xdg, "Jupyter"), nil
		}
		if platformDirs() {
			return filepath.Join(user, "Library", "Application Support", "Jupyter"), nil
		}
		return filepath.Join(user, "Library", "Jupyter"), nil
	}
	if xdg != "" {
		return filepath.Join(xdg, "jupyter"), nil
	}
	return filepath.Join(user, ".local", "share", "jupyter"), nil
}

// ipythonDir is the former folder of kernels; Jupyter still searches it, last.
func ipythonDir() (string, error) {
	if dir := os.Getenv("IPYTHONDIR"); dir != "" {
		return dir, nil
	}
	user, err := homeDir()
	return filepath.Join(user, ".ipython"), err
}

// homeDir returns the user's home without symbolic links, as Jupyter does.
func homeDir() (string, error) {
	dir, err := os.UserHomeDir()
	if real, linkErr := filepath.EvalSymlinks(dir); linkErr == nil {
		dir = real
	}
	return dir, err
}

// systemDirs returns the folders for all users on an operating system.
func systemDirs(goos string) []string {
	if platformDirs() {
		name := "jupyter"
		if goos == "darwin" {
			name = "Jupyter"
		}
		var dirs []string
		for _, dir := range filepath.SplitList(os.Getenv("XDG_DATA_DIRS")) {
			if filepath.IsAbs(dir) {
				dirs = append(dirs, filepath.Join(dir, name))
			}
		}
		switch {
		case len(dirs) > 0:
			return dirs
		case goos == "darwin":
			return []string{"/Library/Application Support/Jupyter"}
		}
	}
	return []string{"/usr/local/share/jupyter", "/usr/share/jupyter"}
}
