package python

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"

	"v1lab/kernels/v1labhome"
)

// Environment is a virtual environment in V1LAB_HOME that holds pinned packages and nothing else.
type Environment struct {
	Name         string // start of its folder's name
	Content      string // what it contains, for messages, such as JupyterLab
	Size         string // download and disk space, such as "50 MB, 250 MB on disk"
	Requirements Requirements
	MinMinor     int                                         // oldest minor version of Python 3 that the packages support; 0: any that Find accepts
	Finish       func(ctx context.Context, dir string) error // last step of an installation; may be nil
}

// Dir returns the folder of the environment; it need not exist yet. Its name changes with the requirements.
func (e Environment) Dir() (string, error) {
	base, err := v1labhome.Dir()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(e.Requirements))
	return filepath.Join(base, e.Name+"-"+hex.EncodeToString(sum[:])[:12]), nil
}

// Ensure makes the environment if it is missing or if files of it are gone, and returns its interpreter. It writes progress lines. If two
// processes start together, only one installs.
func (e Environment) Ensure(ctx context.Context, progress io.Writer) (interpreter string, err error) {
	dir, err := e.Dir()
	if err != nil {
		return "", err
	}
	return Executable(dir), v1labhome.EnsureFolderInPlace(ctx, dir, e.Check, progress, func(dir string) error {
		if v1labhome.Offline() {
			return fmt.Errorf("not installed, and %s is set: unset it, or run once with a network connection", v1labhome.OfflineEnv)
		}
		py, err := Find(ctx)
		if err != nil {
			return err
		}
		var major, minor int
		if _, err := fmt.Sscanf(py.Version, "%d.%d", &major, &minor); err != nil || minor < e.MinMinor {
			return fmt.Errorf("%s is Python %s; accepted is Python 3.%d or newer: install one or name it by %s", py.Path, py.Version, e.MinMinor, Env)
		}
		fmt.Fprintf(progress, "installing %s into %s with Python %s (%s)\n", e.Content, dir, py.Version, e.Size) //nolint:errcheck // progress only
		venv, err := py.Venv(ctx, dir)
		if err != nil {
			return err
		}
		if err := venv.Install(ctx, e.Requirements, "", progress); err != nil {
			return err
		}
		if e.Finish != nil {
			if err := e.Finish(ctx, dir); err != nil {
				return err
			}
		}
		return e.Check(dir) // a fault that shows now would show at every start
	})
}

// Executable returns the interpreter in a virtual environment's folder.
func Executable(dir string) string { return filepath.Join(dir, "bin", "python") }
